// What the page of today says of the round: its number and state, how long and how much, what was found, where it is safe,
// and what is to be mended.
import { hour, listed } from "./dates.js";
import { run } from "./queue.js";
import { redrawing } from "./redraw.js";
import { elapsed } from "./round-keep.js";

// " (…)" as the page's language writes it.
const within = (text) => document.body.dataset.within.replace("#", text);
const link = (href, text) => Object.assign(document.createElement("a"), { href, className: "target", textContent: text });

// Where the round of this phone is: here, on the server or refused.
function tellSafe(line, words, { state, why, open, receipt } = {}) {
  // What is over is looked at on its own page; who is signed out signs in, and it goes on.
  if (state === "sent" && !open && receipt.url) line.replaceChildren(words.wordSent, link(receipt.url, receipt.number));
  else if (state === "sent") line.textContent = words.wordSent + receipt.number;
  else if (state === "waiting" && why === "signed out") line.replaceChildren(words.wordSignedOut, link(words.login, words.wordSignIn));
  else line.textContent = !state ? "" : state === "refused" ? words.wordRefused : words.wordKept;
}

// What does not stand in it there, and why.
function tellOut(line, words, { left = [], ticks = [] } = {}, kept, nameOf) {
  const there = kept?.state === "sent" && kept.receipt.sections;
  const gone = there ? ticks.filter((tick) => !there.includes(tick.section_id)) : [];
  const out = [
    ...left.map((one) => (one.section_id ? nameOf(one.section_id) : words.wordPause) + within(words.wordLeft)),
    ...gone.map((tick) => nameOf(tick.section_id) + within(words.wordGone)),
  ];
  line.hidden = !out.length;
  line.textContent = `${words.wordOut}${listed(out)}`;
}

// Seldom needed: what the server refused, to be mended here.
async function mending(live, walk, now, nameOf, draw) {
  const panel = live.querySelector("[data-mend]");
  if (now?.state !== "refused") { panel.hidden = true; return; }
  const { default: mend } = await import("./round-mend.js");
  mend(panel, live.querySelector("[data-fault-row]"), now, nameOf, (fields) => walk.keep(() => fields).then(() => run({ forced: true })).then(draw));
}

function tellDone(part, words, walk) {
  const { due } = walk.today;
  // As in the list: what was passed today on a round before this one counts, what was passed on another day does not.
  const ticked = walk.record?.open ? walk.ticked() : new Set();
  const done = due.filter(({ id, standing }) => standing === "done" || ticked.has(id));
  part("count").textContent = `${done.length} ${words.wordOf} ${due.length}`;
  part("passed").textContent = due.length === 1 ? words.wordSection : words.wordSections;
}

function tellFound(part, words, { record }, rows) {
  const finds = record ? rows.filter((row) => row.fields?.round_client_id === record.id).length : 0;
  part("finds").textContent = String(finds);
  part("found").textContent = finds === 1 ? words.wordDefect : words.wordDefects;
}

// What can be done now.
function offerVerbs(live, part, words, walk) {
  const [walking, paused] = [walk.walking(), walk.paused()];
  live.querySelector("[data-do=start]").hidden = walking;
  live.querySelector("[data-do=pause]").hidden = !walking || paused;
  live.querySelector("[data-do=resume]").hidden = !walking || !paused;
  for (const name of ["ending", "filing", "fix"]) part(name).hidden = !walking;
  part("filing").href = `${words.file}?round=${walk.record?.id ?? ""}`;
}

// `nameOf` names a section by its id, `drawList` draws the sections (round-list.js). Gives what draws all of it, and what
// only tells the time.
export default function roundView(live, words, walk, { nameOf, drawList }) {
  const part = (name) => live.querySelector(`[data-${name}]`);
  const stateWord = () => (!walk.record ? words.wordBefore : !walk.walking() ? words.wordEnded : walk.paused() ? words.wordPaused : words.wordRunning);

  const tellTime = () => {
    const { record } = walk;
    const time = record ? elapsed(record, record.told ? new Date().toISOString() : walk.stamp()) : "";
    part("elapsed").textContent = time ?? `${words.wordStarted} ${hour(new Date(record.fields.started_at))}`;
    part("elapsed").classList.toggle("number", time !== null);
  };

  const draw = redrawing(async () => {
    const { rows, now } = await walk.latest();
    part("number").textContent = now ? now.receipt?.number ?? now.number : "";
    part("state").textContent = stateWord();
    tellTime();
    tellDone(part, words, walk);
    tellFound(part, words, walk, rows);
    tellSafe(part("safe"), words, now);
    await mending(live, walk, now, nameOf, draw);
    tellOut(part("out"), words, walk.record?.fields, now, nameOf);
    offerVerbs(live, part, words, walk);
    drawList(walk.today, walk.walking());
  });
  return { draw, tellTime };
}
