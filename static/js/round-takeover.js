// Going on with a round that was begun by the plain form, or on another device: one record, under the id it has already.
import { enqueue } from "./records.js";
import { get } from "./store.js";

// How much is known of the pauses: they only ever grow.
const known = (pauses) => pauses.flat().filter(Boolean).length;

// Keeps the round as the server tells it as a record of this phone; what this phone has not sent yet counts more. Gives
// the record; raises where the phone has no room.
export default async function takeOver(told, person, title) {
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
}
