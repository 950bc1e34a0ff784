// An order as a card: its state, clocks, lines and the steps it can take, with this phone's own steps counted in before
// they are sent.
import { hour, listed } from "./dates.js";
import navigate from "./navigate.js";
import { picture, set, stepForm } from "./order-steps.js";
import { stand, steps } from "./orders-pack.js";
import { crewOf } from "./pack.js";
import { stuck } from "./records.js";
import { timeLeft } from "./time-left.js";

// The line's photos; before and after lie under one curtain.
function photosOf({ blank, words }, item, line, pack) {
  const shown = line.photos.filter(({ id }) => pack.pictures[id]);
  const pair = [shown.find(({ kind }) => kind === words.wordBefore), shown.findLast(({ kind }) => kind !== words.wordBefore)];
  const both = pair.every(Boolean);
  const thumbs = item.querySelector(".thumbs");
  thumbs.replaceChildren(...shown.filter((photo) => !(both && pair.includes(photo))).map((photo) => picture(pack, photo, line)));
  if (!both) return;
  const curtain = blank("compare");
  thumbs.before(curtain);
  import("./before-after.js").then(({ default: lay }) => lay(curtain, pair.map(({ kind }) => kind), pair.map((photo) => picture(pack, photo, line)), line.number));
}

function lineOf(page, pack, line) {
  const item = page.blank("line");
  set(item, "what", `${line.type} · ${line.area}${line.measured ? ` → ${line.measured}` : ""}`);
  set(item, "where", `${line.surface} · ${line.place}`);
  set(item, "slip", line.slip);
  photosOf(page, item, line, pack);
  const way = item.querySelector("a");
  if (line.lon === null) way.remove();
  else {
    way.href = `geo:${line.lat},${line.lon}?q=${line.lat},${line.lon}`;
    Object.assign(way.dataset, { lat: line.lat, lon: line.lon });
    navigate(way);
  }
  return item;
}

const RUNNING = ["issued", "accepted", "working", "rework"];

// What is said of its time, and whether that is over.
function clocksOf(words, order, at, now) {
  const told = (word, moment) => moment && [`${word} ${hour(new Date(moment))}`, false];
  const left = (word, due) => due && [`${word} ${hour(new Date(due))} · ${timeLeft(words, new Date(due), now)}`, new Date(due) < now];
  const said = RUNNING.includes(at.state)
    ? [at.safe ? told(words.wordMadeSafe, at.safe) : left(words.wordSafe, order.safe_due), left(words.wordRepair, order.due)]
    : [told(words.wordSuspended, order.suspended_until) || told(words.wordDone, order.done)];
  return said.filter(Boolean);
}

// Its turn in the list, as on the server: by the clock that runs out next, and last where nothing is to be done.
function turnOf(order, at) {
  const safe = at.safe || order.done ? NaN : Date.parse(order.safe_due);
  return (at.open.length ? 0 : 1e15) + Math.min(Date.parse(order.due), safe || Infinity);
}

function tellClocks(item, clocks) {
  item.classList.toggle("late", clocks.some(([, late]) => late));
  item.querySelector("[data-clocks]").replaceChildren(...clocks.map(([text, late]) => {
    const line = document.createElement("p");
    if (late) line.className = "wrong";
    line.textContent = text;
    return line;
  }));
}

function tellHead(item, words, order, { state, crew, rework }) {
  Object.assign(item.dataset, { order: order.id, number: order.number, version: order.version });
  item.dataset.places = order.lines.filter((line) => line.lon !== null).map((line) => `${line.lon},${line.lat}`).join(" ");
  item.id = `order-${order.id}`;
  const link = item.querySelector("[data-link]");
  link.href = order.url;
  link.textContent = order.number;
  set(item, "state", state);
  set(item, "crew", crew);
  const tag = item.querySelector("[data-severity]");
  tag.textContent = order.severity_word;
  tag.classList.add(order.severity);
  const said = [order.instruction, rework && words.wordRework + rework].filter(Boolean);
  set(item, "said", said.join(" · "));
  item.querySelector("[data-said]").hidden = said.length === 0;
}

// This phone's steps that are on their way or need the person.
function tellSteps(item, name, records) {
  const line = item.querySelector(`[data-${name}]`);
  line.hidden = records.length === 0;
  line.querySelector("span").textContent = listed(records.map(({ title }) => title));
}

// The card, what it says, and its turn in the list. `page` as in order-steps.js; `now` is the moment by the server's clock.
export default async function orderCard(page, order, pack, now, crews) {
  const { blank, words } = page;
  const mine = await steps(order.id, pack.at);
  const at = stand(order, pack, mine);
  const item = blank("order");
  tellHead(item, words, order, { state: pack.words[at.state], crew: crewOf(crews, order, words.wordGone), rework: at.failed ?? order.rework });
  tellClocks(item, clocksOf(words, order, at, now));
  item.querySelector("[data-lines]").replaceChildren(...order.lines.map((line) => lineOf(page, pack, line)));
  tellSteps(item, "mine", mine.filter((record) => record.state !== "sent" && !stuck(record)));
  tellSteps(item, "stuck", mine.filter(stuck));
  item.querySelector("[data-steps]").replaceChildren(...at.open.map((verb) => stepForm(page, order, verb, pack)));
  return [item, item.className + item.textContent, turnOf(order, at)];
}
