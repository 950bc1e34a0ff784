// A round as it is kept: each change is made on what is there now, one after the other, so that two tabs on one round do
// not write over each other.
import { clock } from "./dates.js";
import { enqueue } from "./records.js";
import { get } from "./store.js";

const DAY_MIN = 1440;

export const inTurn = (work) => (navigator.locks ? navigator.locks.request("roadworks-round", work) : work());

// Each change gives what is new by the fields as they are then. Gives the record; raises where the phone has no room.
export const keep = (record, changes) => inTurn(async () => {
  const now = (await get("records", record.id)) ?? record;
  const fields = changes.reduce((before, change) => ({ ...before, ...change(before) }), now.fields);
  const kept = { ...now, fields, open: !fields.ended_at, rev: now.rev + 1, state: "waiting" };
  await enqueue(kept);
  return kept;
});

// What the verbs of a page change.
export const ticked = (fresh) => ({ ticks }) => ({ ticks: [...ticks, ...fresh.filter(({ section_id: id }) => !ticks.some((tick) => tick.section_id === id))] });
export const paused = ({ pauses }) => pauses.at(-1)?.[1] === null;
export const pausing = (at) => (now) => (paused(now) ? {} : { pauses: [...now.pauses, [at, null]] });
// How long a round has been walked, as 0:42, by the clock of this phone; null where it is one that the server told of
// (round-here.js), and the clock by which it began does not fit this one.
export const elapsed = ({ fields: { started_at: began, ended_at: ended, pauses }, told }, now) => {
  const still = pauses.filter(([, to]) => to).reduce((sum, [from, to]) => sum + Date.parse(to) - Date.parse(from), 0);
  const end = ended ?? (paused({ pauses }) ? pauses.at(-1)[0] : now);
  const minutes = Math.floor((Date.parse(end) - Date.parse(began) - still) / 60000);
  if (told && (minutes < 0 || minutes > DAY_MIN)) return null;
  return clock(Math.max(0, minutes));
};
export const closed = (at, more = {}) => ({ pauses }) => ({ ...more, pauses: pauses.map(([from, to]) => [from, to ?? at]) });
