// The page of the queue: each record in plain words, with what to do; drawn from what the phone keeps.
import { stamp, time } from "./dates.js";
import { able, me } from "./person.js";
import { run } from "./queue.js";
import { forget, photosOf, stuck, watch } from "./records.js";
import { lay, redrawing } from "./redraw.js";
import { all, beginning, together } from "./store.js";
import { signedOut } from "./unsent-notice.js";

// Where a refused record is mended, and what was begun is gone on with, by its kind.
const MEND = { step: "/street/orders", round: "/rounds/today" };
// Why it waits and is tried again by itself, where more can be said than that it is.
const WHY = { busy: "busy", cut: "cut", missing: "damaged", before: "before", damaged: "damaged", odd: "odd", full: "full" };

// What was sent is let go by age: all of the last seven days stays, and in any case the last twenty.
const LAST = 20;
const WEEK_MS = 7 * 24 * 3600 * 1000;
const prune = () => together(["records", "photos"], "readwrite", (records, photos) => {
  const asked = records.getAll();
  asked.onsuccess = () => {
    const sent = asked.result.filter(({ state, receipt, open }) => state === "sent" && receipt && !open).sort((a, b) => b.sent - a.sent);
    for (const { id } of sent.slice(LAST).filter((row) => row.sent < Date.now() - WEEK_MS)) {
      // A photo that was left out is nowhere else: it goes with its record, when a person clears that.
      const left = photos.count(beginning(`${id}:`));
      left.onsuccess = () => { if (!left.result) records.delete(id); };
    }
  };
});

// A filing by its road and its place in words.
const whereOf = ({ where, form, fields }) => [where, (form ?? fields)?.place].filter(Boolean).join(" · ");

export default async function queueList(box) {
  const words = box.dataset;
  const blank = box.querySelector("template:not([data-moved])");
  const none = box.querySelector("[data-none]");
  const list = box.querySelector("ul");

  able().then((yes) => { box.querySelector("[data-unkept]").hidden = yes; });

  const person = me();

  const state = (record, out) => {
    if (record.person !== person && record.state !== "sent") return words.other;
    if (record.state === "draft") return record.homeless ? words.conflict : words.draft;
    if (record.state === "sent") {
      const { told } = record.receipt;
      // What was done on an order is told as a part of the sentence.
      const said = record.kind === "step" && told ? words.done.replace("#", told.replace(/[.。]$/, "")) : words.sent + (told ? `${told} ` : "");
      return (said + (record.left ? words.left : "")).trim();
    }
    if (record.state === "conflict") return record.conflict?.filed ? words.otherwise : words.conflict;
    if (record.state === "refused") return `${words.refused}${Object.values(record.faults).flat().join(" ")}`;
    if (record.state === "sending") return record.step ? `${words.sending} ${words.photo} ${record.step[0]}/${record.step[1]}` : words.sending;
    const held = { "signed out": words.signedOut, closed: record.handed ? words.handed.replace("#", stamp(record.handed)) : words.closed, other: words.other, behind: words.behind, old: words.old }[record.why];
    const next = Math.max(record.next ?? 0, record.again ?? 0);
    const soon = navigator.onLine && next > Date.now() ? words.again.replace("{time}", time(next)) : "";
    return held ?? (out ? words.signedOut : words[WHY[record.why]] ?? words.waiting) + soon;
  };

  const card = async (kept, place, about, visit, out) => {
    const record = { ...kept, homeless: place && !place.fits };
    const item = blank.content.firstElementChild.cloneNode(true);
    const [photo] = record.state === "sent" ? [] : await photosOf(record.id).catch(() => []);
    const image = item.querySelector("img");
    if (photo?.blob?.type.startsWith("image")) image.src = URL.createObjectURL(photo.blob);
    else image.remove();
    item.querySelector("[data-number]").textContent = [record, about].map((one) => one?.receipt?.number || one?.number).find(Boolean) ?? "";
    item.querySelector("[data-title]").textContent = record.title;
    const where = item.querySelector("[data-where]");
    where.textContent = whereOf(about ?? record);
    where.hidden = !where.textContent;
    item.querySelector("time").textContent = stamp(record.at);
    item.querySelector("[data-state]").textContent = state(record, out);
    item.dataset.state = record.state;
    if (record.homeless || stuck(record)) item.dataset.first = "";
    const link = item.querySelector("[data-open]");
    // What somebody else made on this phone is theirs to mend and to throw away, and of nobody who is not signed in.
    const mine = record.person === person && !out;
    link.hidden = out || (record.state !== "sent" && !(mine && ["refused", "draft"].includes(record.state)));
    if (record.state === "sent") link.href = record.receipt.url;
    if (record.state === "refused") {
      link.href = `${MEND[record.kind] ?? "/defects/new"}?record=${record.id}`;
      link.textContent = record.kind === "addition" ? words.asNew : words.mend;
    }
    if (record.kind === "voice") link.hidden = out || record.state !== "sent";
    if (record.state === "draft") {
      link.href = record.homeless ? `/workorders/${record.fields.order}` : `${MEND[record.kind] ?? "/defects/new"}?record=${record.id}`;
      if (!record.homeless) link.textContent = words.goOn;
    }
    const clear = item.querySelector("[data-clear]");
    // What is refused may be past mending; a step is dropped in its choice, and a round is not thrown away.
    const dead = record.state === "refused" && !["step", "round"].includes(record.kind);
    // Nor is what was left out anywhere else.
    const onlyHere = record.state !== "sent" || record.left;
    const going = dead || record.state === "sent" || (record.state === "draft" && !record.homeless);
    clear.hidden = !going || !mine || record.open;
    if (record.state !== "sent") clear.textContent = words.discard;
    clear.addEventListener("click", async () => {
      // What is nowhere else is thrown away only at the second word.
      if (onlyHere && clear.textContent !== words.sure) { clear.textContent = words.sure; return; }
      await forget(record.id);
      // What was said of it would wait for it for ever.
      const spoken = record.state === "sent" ? [] : (await all("records")).filter(({ kind, fields }) => kind === "voice" && fields.filing === record.id);
      for (const { id } of spoken) await forget(id);
      draw();
    });
    if (mine && record.state === "refused" && record.photo) await (await import("./leave-out.js")).default(words, item, record);
    // Seldom needed: what an order moved on from, or is on the server otherwise.
    if (mine && (record.state === "conflict" || (record.kind === "step" && (record.homeless || record.state === "refused")))) await (await import("./conflict.js")).default(box, item, kept, place?.word, visit);
    return item;
  };

  // A card is made anew only where there is something new to say: what it asks ("Sure?") stays asked.
  const made = new Map();
  const cardOf = async (kept, records, out) => {
    // Seldom needed: whether the step that was begun can still be taken.
    const place = kept.kind === "step" && kept.state === "draft" && kept.person === person ? await (await import("./orders-pack.js")).placeOf(kept) : null;
    // A voice note goes by the number of the filing that it was spoken to.
    const about = kept.kind === "voice" ? records.find(({ id }) => id === kept.fields.filing) : null;
    // What waits behind a step that the order moved on from is the same visit, and the same choice.
    const visit = kept.thread && kept.state === "conflict" ? records.filter(({ thread, turn, state: now }) => thread === kept.thread && turn > kept.turn && (now === "waiting" || now === "conflict")).sort((a, b) => a.turn - b.turn) : [];
    const says = JSON.stringify([kept, place, about, visit, out]);
    if (made.get(kept.id)?.says !== says) made.set(kept.id, { says, item: await card(kept, place, about, visit, out) });
    return made.get(kept.id).item;
  };

  const draw = redrawing(async () => {
    const records = await all("records");
    const out = signedOut(records);
    const shown = records.filter(({ state: now, kind }) => now !== "draft" || kind === "filing" || kind === "step").sort((a, b) => b.at - a.at);
    none.hidden = shown.length > 0;
    const before = new Map([...made].map(([id, { item }]) => [item, id]));
    const drawn = await Promise.allSettled(shown.map((record) => cardOf(record, records, out)));
    for (const { reason } of drawn) if (reason) console.info("not drawn:", reason.message);
    const cards = shown.map(({ id }) => made.get(id)?.item).filter(Boolean);
    lay(list, cards.sort((a, b) => ("first" in b.dataset) - ("first" in a.dataset)), (old) => made.get(before.get(old))?.item);
    for (const id of made.keys()) if (!shown.some((record) => record.id === id)) made.delete(id);
    box.querySelector("[data-signed-in]").hidden = out;
    box.querySelector("[data-send]").hidden = out || !shown.some((record) => record.state === "waiting" && record.person === person);
  });
  box.querySelector("[data-send]").addEventListener("click", () => run({ forced: true }).then(draw));
  watch(draw);
  await prune().catch((fault) => console.info("nothing is cleared:", fault.message));
  return draw();
}
