// Today's round: started, paused and ended on this phone, sections ticked by position or by hand, each tick kept at once.
// The round is a record of the queue from its first moment: it goes by itself, as far as it has come, whenever it can.
import { refreshRounds, rowOf } from "./pack.js";
import { atMost } from "./patience.js";
import { able, me } from "./person.js";
import { unkept, watch } from "./records.js";
import { goOn, onPhone } from "./round-here.js";
import { ticked } from "./round-keep.js";
import roundList from "./round-list.js";
import roundPosition from "./round-position.js";
import roundVerbs from "./round-verbs.js";
import roundView from "./round-view.js";
import roundWalk from "./round-walk.js";

const RULE = { near_m: 25, worst_m: 50, share: 60 };
const TIME_MS = 15000;
const PATIENCE_MS = 3000;

// The sections of today with their ticks, and a tick by hand.
const listOf = (live, words, walk) => roundList(live, words, {
  // What was passed on a round that is over counts for its day only.
  tickOf: ({ id, standing }) => (walk.record?.open || standing === "done") && walk.ticks().find((tick) => tick.section_id === id),
  shareOf: (id) => (walk.cover[id] ? Math.round((100 * walk.cover[id].steps.length) / walk.cover[id].count) : null),
  byHand: (id, reason) => walk.keep(ticked([{ section_id: id, at: walk.stamp(), how: "hand", reason, ...walk.here() }])),
});

export default async function round(box) {
  const words = box.dataset;
  const live = box.querySelector("[data-live]");
  const person = me();
  if (!(await able())) return;
  const own = await onPhone(person);
  // A network that hangs stands before no round: what comes later is drawn then.
  const asking = refreshRounds().catch(() => false);
  const fresh = await atMost(PATIENCE_MS, asking, false);
  const today = (await rowOf("rounds")) ?? { due: [], rule: RULE };
  const { record, elsewhere } = await goOn(box, person, own, fresh && today.walking);
  if (elsewhere) return;

  const sections = (await rowOf("district"))?.sections ?? [];
  const lines = new Map(sections.map(({ id, line }) => [id, line]));
  const line = live.querySelector("[data-fault]");
  const tell = (text) => { line.textContent = text; line.hidden = !text; };
  const failed = (why) => tell(unkept(words, why));

  const walk = await roundWalk(person, record, today, (why) => { if (why) failed(why); else tell(""); return draw(); });
  const nameOf = (id) => [...walk.today.due, ...sections].find((one) => one.id === id)?.name ?? `#${id}`;
  const drawList = listOf(live, words, walk);
  const { draw, tellTime } = roundView(live, words, walk, { nameOf, drawList });

  // Shown when it is drawn: no button that does not hold is there to be pressed.
  watch(draw);
  await draw();
  const plain = box.querySelector("[data-plain]");
  if (plain) plain.hidden = true;
  live.hidden = false;
  setInterval(tellTime, TIME_MS);
  roundPosition(live.querySelector("[data-fix]"), words, walk, { lines, shown: () => drawList(walk.today, true), failed });
  roundVerbs(live, words, walk, { person, draw, failed });
  // A page that was left open overnight shows the new day at once, and what the server says of it when that comes.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) draw().then(refreshRounds).catch(() => null).then(draw); });
  if (!fresh) asking.then(draw);
}
