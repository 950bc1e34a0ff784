// Which round the page of today is for: the one that lies on this phone, one that was begun elsewhere and goes on here, or
// none yet.
import { askedRecord } from "./form.js";
import { enqueue, unkept } from "./records.js";
import { inTurn } from "./round-keep.js";
import { all, get } from "./store.js";

export const running = (person) => ({ kind, open, person: whose }) => kind === "round" && open && whose === person;

// This person's round that is asked for or under way, and those that the server refused.
export async function onPhone(person) {
  const rounds = (await all("records")).filter((row) => row.kind === "round" && row.person === person);
  const refused = rounds.filter(({ state }) => state === "refused");
  const asked = askedRecord();
  return { refused, record: refused.find(({ id }) => id === asked) ?? rounds.find(running(person)) };
}

// How much is known of the pauses: they only ever grow.
const known = (pauses) => pauses.flat().filter(Boolean).length;

// Goes on with a round that was begun by the plain form, or on another device: one record, under the id it has already. It
// is kept as the server tells it; what this phone has not sent yet counts more. Gives the record; raises where the phone has
// no room.
const takeOver = (told, person, title) => inTurn(async () => {
  const before = await get("records", told.client_id);
  if (before && (before.state !== "sent" || before.person !== person)) return before;
  const own = before?.fields ?? { pauses: [], ticks: [] };
  const there = new Set(told.ticks.map((tick) => tick.section_id));
  const ticks = [...told.ticks, ...own.ticks.filter((tick) => !there.has(tick.section_id))];
  const pauses = known(own.pauses) >= known(told.pauses) ? own.pauses : told.pauses;
  // It is as this phone has it: nothing is written.
  if (before?.open && ticks.length === own.ticks.length && pauses === own.pauses) return before;
  const { started_at, weather, note } = told;
  const receipt = { number: told.number, url: told.url, photos: [], sections: [...there] };
  // One that was begun here began by the clock of this phone, whatever the server's says.
  const fields = { started_at, ...own, ended_at: null, pauses, ticks, weather, note };
  const row = { id: told.client_id, kind: "round", person, at: Date.parse(fields.started_at), rev: (before?.rev ?? 0) + 1, number: told.number, title, open: true, told: before?.told ?? !before };
  const record = { ...row, state: "sent", sent: Date.now(), receipt, fields };
  await enqueue(record);
  return record;
});

function offer(box, walking, take) {
  const place = box.querySelector("[data-takeover]");
  place.hidden = false;
  place.querySelector("b").textContent = walking.number;
  place.querySelector("button").addEventListener("click", () => {
    take().then(() => location.reload(), (why) => { place.querySelector("[role=alert]").textContent = unkept(box.dataset, why); });
  });
}

// `walking` is what the server tells of a round under way. Gives the record of this page; `elsewhere` where the round under
// way cannot go on here, but on the plain page.
export async function goOn(box, person, { record: own, refused }, walking) {
  const words = box.dataset;
  let record = own;
  const take = () => takeOver(walking, person, words.wordTitle);
  // A round begun by the plain form goes on here, where it was begun in this browser; else whoever walks it is asked.
  if (walking && (record ? record.id === walking.client_id : walking.here)) record = await take().catch(() => record);
  else if (walking && !record) offer(box, walking, take);
  const elsewhere = Boolean(words.elsewhere) && record?.id !== words.elsewhere && !(record && refused.includes(record));
  return { elsewhere, record: record ?? refused[0] };
}
