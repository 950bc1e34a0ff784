// What the pages of the phone do with its queue when a person presses, without their forms: as filing.js, this-one.js, voice.js,
// steps.js and round.js keep what was done. Put into every page of a context.
(() => {
  const queue = () => import("/static/js/queue.js");
  // The queue imports it: whoever has the one has the other when the network goes.
  const records = () => queue().then(() => import("/static/js/records.js"));
  const store = () => import("/static/js/store.js");
  const blob = (text, type) => new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], { type });
  // The round under way, as its page remembers it.
  let walked = null;

  const shoot = async (id, shots) => {
    const { keepPhoto } = await records();
    const kept = [];
    for (const shot of shots) kept.push(await keepPhoto(id, blob(shot, "image/jpeg")));
    return kept;
  };

  const speak = async (person, filing, sound) => {
    const [{ clientId, keepPhoto }, { put }] = [await records(), await store()];
    const id = clientId();
    await keepPhoto(id, blob(sound, "audio/ogg"), "voices");
    await put("records", { id, kind: "voice", person, at: Date.now(), number: "", title: "语音", state: "draft", fields: { filing } });
    return id;
  };

  // A form is opened and photographed, perhaps spoken to; gives its id and that of what was said.
  const open = async ({ person, shots, sound, draft }) => {
    const { clientId, keepDraft } = await records();
    const id = clientId();
    await shoot(id, shots);
    const note = sound ? await speak(person, id, sound) : null;
    if (draft) await keepDraft({ id, kind: "filing", person, at: Date.now(), number: "", title: "坑槽", fields: { place: "…" } });
    return [id, note];
  };

  // It is sent off, as a filing or as an addition.
  const press = async ({ id, kind, person, fields }) => {
    const { enqueue, provisional } = await records();
    const at = Date.now();
    await enqueue({ id, ...(kind === "filing" ? {} : { kind }), person, at, number: provisional(id, at), fields, title: "坑槽" });
  };

  const step = async ({ person, order, number, verb, seen, fields, shots }) => {
    const [{ clientId, enqueue }, { all }] = [await records(), await store()];
    const id = clientId();
    const told = { ...fields };
    for (const [name, taken] of Object.entries(shots)) {
      const kept = await shoot(id, taken);
      if (name !== "photos") told[name] = kept.join(" ");
    }
    const thread = `order:${order}:${person}`;
    const last = (await all("records")).filter((row) => row.thread === thread).sort((a, b) => a.turn - b.turn).at(-1);
    const at = Date.now();
    Object.assign(told, { order, verb, seen, after: last?.id ?? "", at: new Date(at).toISOString() });
    await enqueue({ id, kind: "step", thread, person, at, number, title: verb, fields: told });
    return id;
  };

  const begun = async (person) => {
    const { clientId, provisional } = await records();
    const [id, at] = [clientId(), Date.now()];
    const fields = { started_at: new Date(at).toISOString(), ended_at: null, pauses: [], ticks: [], weather: "", note: "" };
    return { id, kind: "round", person, at, rev: 0, number: provisional(id, at), title: "巡查", fields };
  };

  // The round goes on: begin, tick, pause, resume or end; gives its id and all that it says by now.
  const walk = async ({ person, verb, tick, words }) => {
    const [{ enqueue }, { all, get }] = [await records(), await store()];
    if (verb === "begin") walked = await begun(person);
    else walked ??= (await all("records")).find((row) => row.kind === "round" && row.open && row.person === person);
    const now = new Date().toISOString();
    const { pauses, ticks } = walked.fields;
    const closed = pauses.map(([from, to]) => [from, to ?? now]);
    const change = {
      begin: {},
      tick: { ticks: [...ticks, { ...tick, at: now }] },
      pause: { pauses: [...pauses, [now, null]] },
      resume: { pauses: closed },
      end: { ended_at: now, pauses: closed, ...words },
    }[verb];
    const { receipt, number } = (await get("records", walked.id)) ?? walked;
    walked = { ...walked, number, fields: { ...walked.fields, ...change }, open: verb !== "end", rev: walked.rev + 1 };
    await enqueue({ ...walked, state: "waiting", receipt: receipt ?? null });
    return [walked.id, walked.fields];
  };

  // Lets the queue send, as every page does when it is opened; `ended` tells when it stands.
  const send = async () => {
    globalThis.ended = false;
    (await queue()).run({ forced: true }).finally(() => { globalThis.ended = true; });
  };

  const kept = async () => {
    const { all } = await store();
    return { records: await all("records"), photos: (await all("photos")).map(({ key }) => key) };
  };

  const clear = async () => {
    walked = null;
    await (await store()).together(["records", "photos"], "readwrite", (records, photos) => { records.clear(); photos.clear(); });
  };

  globalThis.hands = { open, press, step, walk, send, kept, clear };
})();
