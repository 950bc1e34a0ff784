// Today's round: started, paused and ended on this phone, sections ticked by position or by hand, each tick kept at once.
// The round is a record of the queue from its first moment: it goes by itself, as far as it has come, whenever it can.
import { hour } from "./dates.js";
import { dueNow } from "./due.js";
import { askedRecord } from "./form.js";
import { refreshRounds, rowOf } from "./pack.js";
import { pass } from "./passing.js";
import { able, me } from "./person.js";
import { attempt, run } from "./queue.js";
import { clientId, provisional, unkept, watch } from "./records.js";
import { redrawing } from "./redraw.js";
import { closed, elapsed, keep as keepRound, paused as isPaused, pausing, ticked } from "./round-keep.js";
import roundList from "./round-list.js";
import { tellOut, tellSafe } from "./round-status.js";
import { all, get, put, remove } from "./store.js";

const RULE = { near_m: 25, worst_m: 50, share: 60 };

export default async function round(box) {
  const words = box.dataset;
  const live = box.querySelector("[data-live]");
  const look = (name) => live.querySelector(`[data-${name}]`);
  const person = me();
  if (!able()) return;
  const mine = (row) => row.kind === "round" && row.open && row.person === person;
  const running = async () => (await all("records")).find(mine);
  const asked = askedRecord();
  const refused = (await all("records")).filter((row) => row.kind === "round" && row.person === person && row.state === "refused");
  let record = refused.find(({ id }) => id === asked) ?? (await running());
  const fresh = await refreshRounds().catch(() => false);
  let today = (await rowOf("rounds")) ?? { due: [], rule: RULE };
  const walking = fresh && today.walking;
  const takeOver = async () => (await import("./round-takeover.js")).default(walking, person, words.wordTitle);
  // A round begun by the plain form goes on here, where it was begun in this browser; else whoever walks it is asked.
  if (walking && (record ? record.id === walking.client_id : walking.here)) record = await takeOver().catch(() => record);
  else if (walking && !record) {
    const offer = box.querySelector("[data-takeover]");
    offer.hidden = false;
    offer.querySelector("b").textContent = walking.number;
    offer.querySelector("button").addEventListener("click", () => {
      takeOver().then(() => location.reload(), (why) => { offer.querySelector("[role=alert]").textContent = unkept(words, why); });
    });
  }
  // What is under way and cannot go on here goes on by the plain page.
  if (words.elsewhere && record?.id !== words.elsewhere && !(record && refused.includes(record))) return;
  record ??= refused[0];
  const around = (await rowOf("district"))?.sections ?? [];
  const lines = new Map(around.map((section) => [section.id, section.line]));
  const names = new Map(around.map((section) => [section.id, section.name]));
  const walked = await get("pack", "walked");
  let cover = record && walked?.round === record.id ? walked.cover : {};
  let saving = Promise.resolve();
  let lock = null;

  // A clock that is set back in the middle of a round must not make it end before it began.
  const stamp = () => {
    const told = [record?.fields.started_at, ...(record?.fields.pauses ?? []).flat(), ...(record?.fields.ticks ?? []).map((tick) => tick.at)];
    const latest = Math.max(0, ...told.filter(Boolean).map((text) => Date.parse(text)));
    return new Date(Math.max(Date.now(), latest)).toISOString();
  };
  const fault = (text) => { look("fault").textContent = text; look("fault").hidden = !text; };
  const nameOf = (id) => today.due.find((one) => one.id === id)?.name ?? names.get(id) ?? `#${id}`;
  // What the phone had no room for goes with the next change.
  let pending = [];
  const keep = (change) => {
    pending.push(change);
    saving = saving.then(async () => {
      const these = [...pending];
      record = await keepRound(record, these);
      pending = pending.filter((one) => !these.includes(one));
      fault("");
    }).catch((why) => fault(unkept(words, why))).then(draw);
    return saving;
  };
  const ticks = () => record?.fields.ticks ?? [];
  const paused = () => Boolean(record) && isPaused(record.fields);
  const drawList = roundList(live, words, {
    // What was passed on a round that is over counts for its day only.
    tickOf: ({ id, standing }) => (record?.open || standing === "done") && ticks().find((tick) => tick.section_id === id),
    shareOf: (id) => (cover[id] ? Math.round((100 * cover[id].steps.length) / cover[id].count) : null),
    byHand: (id, reason) => keep(ticked([{ section_id: id, at: stamp(), how: "hand", reason, ...here() }])),
  });

  const tellTime = () => {
    const time = record ? elapsed(record, record.told ? new Date().toISOString() : stamp()) : "";
    look("elapsed").textContent = time ?? `${words.wordStarted} ${hour(new Date(record.fields.started_at))}`;
    look("elapsed").classList.toggle("number", time !== null);
  };

  const draw = redrawing(async () => {
    const rows = await all("records");
    record ??= rows.find(mine);
    const kept = record && rows.find((row) => row.id === record.id);
    // Another tab has gone on with it.
    if (kept && kept.rev > record.rev) record = kept;
    today = dueNow((await rowOf("rounds")) ?? today, rows.filter((row) => row.kind === "round" && row.person === person));
    const done = new Set(ticks().map((tick) => tick.section_id));
    const walking = Boolean(record) && !record.fields.ended_at;
    look("number").textContent = kept ? kept.receipt?.number ?? kept.number : "";
    look("state").textContent = !record ? words.wordBefore : !walking ? words.wordEnded : paused() ? words.wordPaused : words.wordRunning;
    tellTime();
    look("count").textContent = `${done.size} ${words.wordOf} ${today.due.length}`;
    look("passed").textContent = today.due.length === 1 ? words.wordSection : words.wordSections;
    const finds = record ? rows.filter((row) => row.fields?.round_client_id === record.id).length : 0;
    look("finds").textContent = String(finds);
    look("found").textContent = finds === 1 ? words.wordDefect : words.wordDefects;
    tellSafe(look("safe"), words, kept);
    await mending(kept);
    tellOut(look("out"), words, record?.fields, kept, nameOf);
    live.querySelector("[data-do=start]").hidden = walking;
    live.querySelector("[data-do=pause]").hidden = !walking || paused();
    live.querySelector("[data-do=resume]").hidden = !walking || !paused();
    look("ending").hidden = !walking;
    look("filing").hidden = !walking;
    look("filing").href = `${words.file}?round=${record?.id ?? ""}`;
    look("fix").hidden = !walking;
    drawList(today, walking);
  });

  // Seldom needed: what the server refused, to be mended here.
  async function mending(kept) {
    const panel = look("mend");
    if (kept?.state !== "refused") { panel.hidden = true; return; }
    const { default: mend } = await import("./round-mend.js");
    mend(panel, live.querySelector("[data-fault-row]"), kept, nameOf, (fields) => keep(() => fields).then(() => run({ forced: true })).then(draw));
  }

  let fix = null;
  const here = () => (fix && Date.now() - fix.timestamp < 60000 ? { lon: Number(fix.coords.longitude.toFixed(6)), lat: Number(fix.coords.latitude.toFixed(6)) } : {});

  const moved = (found) => {
    fix = found;
    const accuracy = Math.round(found.coords.accuracy);
    look("fix").textContent = `±${accuracy} m${accuracy > today.rule.worst_m ? ` · ${words.wordPoor}` : ""}`;
    if (!record || record.fields.ended_at || paused()) return;
    const done = new Set(ticks().map((tick) => tick.section_id));
    const open = today.due.filter(({ id }) => !done.has(id) && lines.has(id)).map(({ id }) => ({ id, line: lines.get(id) }));
    const at = { lon: found.coords.longitude, lat: found.coords.latitude, accuracy, time: Date.now() };
    const { passed, changed } = pass(open, today.rule, cover, at);
    if (changed) put("pack", { name: "walked", round: record.id, cover }).catch((why) => fault(unkept(words, why)));
    if (changed && !passed.length) drawList(today, true);
    if (!passed.length) return;
    keep(ticked(passed.map(({ id, share: part }) => ({ section_id: id, at: stamp(), how: "position", share: part, ...here() }))));
  };

  const wake = () => { navigator.wakeLock?.request("screen").then((held) => { lock = held; }).catch(() => null); };
  const act = {
    start: async () => {
      wake();
      // Another tab may have begun one meanwhile.
      record = await running();
      cover = record ? (await get("pack", "walked"))?.cover ?? {} : {};
      if (record) return draw();
      const id = clientId();
      const at = Date.now();
      record = { id, kind: "round", person, at, rev: 0, number: provisional(id, at), title: words.wordTitle, fields: { started_at: new Date(at).toISOString(), ended_at: null, pauses: [], ticks: [], weather: "", note: "" } };
      await put("pack", { name: "walked", round: id, cover }).catch(() => null);
      return keep(() => ({}));
    },
    pause: () => keep(pausing(stamp())),
    resume: () => { wake(); return keep(closed(stamp())); },
    end: async (form) => {
      // A pause that is still open ends with the round, not a moment after it.
      const at = stamp();
      await keep(closed(at, { ended_at: at, weather: form.elements.namedItem("weather").value || record.fields.weather, note: form.elements.namedItem("note").value.trim() }));
      look("ending").open = false;
      lock?.release().catch(() => null);
      await remove("pack", "walked").catch(() => null);
      await attempt(record.id);
      await draw();
    },
  };
  for (const button of live.querySelectorAll("[data-do]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      button.disabled = true;
      act[button.dataset.do](button.form).catch((why) => fault(unkept(words, why))).finally(() => { button.disabled = false; });
    });
  }

  const plain = box.querySelector("[data-plain]");
  if (plain) plain.hidden = true;
  live.hidden = false;
  watch(draw);
  setInterval(tellTime, 15000);
  look("fix").textContent = words.wordNone;
  navigator.geolocation?.watchPosition(moved, () => { look("fix").textContent = words.wordNone; }, { enableHighAccuracy: true, maximumAge: 2000 });
  // A browser lets the screen go whenever the page is hidden.
  const stay = () => { if (!document.hidden && record?.open && !paused()) wake(); };
  // A page that was left open overnight shows the new day at once, and what the server says of it when that comes.
  const anew = () => draw().then(refreshRounds).catch(() => null).then(draw);
  document.addEventListener("visibilitychange", () => { stay(); if (!document.hidden) anew(); });
  stay();
  for (const name of ["weather", "note"]) if (record?.open) look("ending").querySelector(`[name=${name}]`).value = record.fields[name] ?? "";
  await draw();
}
