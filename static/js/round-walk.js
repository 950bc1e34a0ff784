// The round that a page walks: what it says so far, and each change of it kept at once, one after the other.
import { dueNow } from "./due.js";
import { rowOf } from "./pack.js";
import { running } from "./round-here.js";
import { keep, paused } from "./round-keep.js";
import { all, get } from "./store.js";

// How long a position counts as where the person is.
const FRESH_MS = 60000;

// `today` is what is due; `kept` is told after each change, with the reason where the phone could not keep it.
export default async function roundWalk(person, first, today, kept) {
  const walked = await get("pack", "walked");
  let saving = Promise.resolve();
  // What the phone had no room for goes with the next change.
  let pending = [];

  const walk = {
    record: first,
    today,
    // Which steps of which section have been walked, see round-position.js.
    cover: first && walked?.round === first.id ? walked.cover : {},
    fix: null,
    ticks: () => walk.record?.fields.ticks ?? [],
    ticked: () => new Set(walk.ticks().map((tick) => tick.section_id)),
    paused: () => Boolean(walk.record) && paused(walk.record.fields),
    walking: () => Boolean(walk.record) && !walk.record.fields.ended_at,

    here: () => {
      const { coords, timestamp } = walk.fix ?? {};
      return coords && Date.now() - timestamp < FRESH_MS ? { lon: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) } : {};
    },

    // A clock that is set back in the middle of a round must not make it end before it began.
    stamp: () => {
      const { started_at: began, pauses = [] } = walk.record?.fields ?? {};
      const told = [began, ...pauses.flat(), ...walk.ticks().map((tick) => tick.at)];
      const latest = Math.max(0, ...told.filter(Boolean).map((text) => Date.parse(text)));
      return new Date(Math.max(Date.now(), latest)).toISOString();
    },

    keep: (change) => {
      pending.push(change);
      const keepPending = async () => {
        const these = [...pending];
        walk.record = await keep(walk.record, these);
        pending = pending.filter((one) => !these.includes(one));
      };
      saving = saving.then(keepPending).then(() => kept(), (why) => kept(why));
      return saving;
    },

    // Gives all records, and the round among them as it is kept; another tab may have begun it or gone on with it, and another
    // day may have come.
    latest: async () => {
      const rows = await all("records");
      walk.record ??= rows.find(running(person));
      const now = walk.record && rows.find((row) => row.id === walk.record.id);
      if (now && now.rev > walk.record.rev) walk.record = now;
      const rounds = rows.filter((row) => row.kind === "round" && row.person === person);
      walk.today = dueNow((await rowOf("rounds")) ?? walk.today, rounds);
      return { rows, now };
    },
  };
  return walk;
}
