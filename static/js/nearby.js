// "While you are here" without network: worked out by the phone from what it keeps, as the server would
// (worklist/nearby.py), with what was done on this phone counted in.
import { hour } from "./dates.js";
import { apart, written } from "./metres.js";
import { kept, refresh, withPictures } from "./nearby-pack.js";
import { going, kept as keptOrders, steps } from "./orders-pack.js";
import { pack } from "./pack.js";
import { me } from "./person.js";
import { all } from "./store.js";
import { timeLeft } from "./time-left.js";

const SETTLED = ["finish", "pass", "fail", "hand_back"];
const PRESSING = ["overdue", "due_soon"];
const AT_ORDER = ["verify", "again"];

// The point halfway along a line.
function middle(line) {
  const long = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);
  let half = line.slice(1).reduce((sum, point, n) => sum + long(line[n], point), 0) / 2;
  for (let n = 1; n < line.length; n += 1) {
    const [a, b] = [line[n - 1], line[n]];
    const length = long(a, b);
    if (length && half <= length) return { lon: a[0] + ((b[0] - a[0]) * half) / length, lat: a[1] + ((b[1] - a[1]) * half) / length };
    half -= length;
  }
  return { lon: line[0][0], lat: line[0][1] };
}

// Always on to the nearest one not yet seen.
function walk(start, stops) {
  const [open, way] = [[...stops], []];
  let here = start;
  while (open.length) {
    const far = open.map((stop) => apart(here, stop));
    const place = far.indexOf(Math.min(...far));
    const [next] = open.splice(place, 1);
    way.push({ ...next, step: far[place] });
    here = next;
  }
  return way;
}

// What there is to do at a stop now: the hour and this phone's own steps counted in.
export function tasksOf(stop, now, { settled, shot }) {
  const done = stop.order && settled.has(stop.order.id);
  const late = stop.late && now > Date.parse(stop.late) ? ["overdue"] : stop.soon && now >= Date.parse(stop.soon) ? ["due_soon"] : [];
  const lasting = stop.tasks.filter((task) => (AT_ORDER.includes(task) ? !done : task !== "photo" || !shot.has(stop.id)));
  const stale = stop.stale && now >= Date.parse(stop.stale) && !shot.has(stop.id) ? ["reshoot"] : [];
  return [...(done ? [] : late), ...lasting, ...stale];
}

// Orders that this phone has settled, and defects that it has photographed, as far as the kept list does not know of it.
async function own(nearby) {
  const orders = [...new Set(nearby.stops.map((stop) => stop.order?.id).filter(Boolean))];
  const settled = new Set();
  const shot = new Set();
  for (const record of await all("records")) {
    const fresh = record.person === me() && going(record) && (record.state !== "sent" || record.sent > nearby.at);
    if (fresh && record.kind === "addition") shot.add(Number(record.fields.defect));
  }
  for (const id of orders) {
    const mine = await steps(id, nearby.at);
    if (mine.some((record) => going(record) && SETTLED.includes(record.fields.verb))) settled.add(id);
  }
  return { settled, shot };
}

export default async function nearby(box) {
  const words = box.dataset;
  const named = JSON.parse(words.tasks);
  const list = box.querySelector("ol");
  const part = (name) => box.querySelector(`[data-${name}]`);
  const query = new URLSearchParams(location.search);
  const show = (name, yes) => { part(name).hidden = !yes; };

  const where = async () => {
    const { sections = [] } = (await pack()) ?? {};
    const select = document.getElementById("section");
    if (select.options.length < 2) select.append(...sections.map(({ id, name }) => new Option(name, id)));
    select.value = query.get("section") ?? "";
    if (query.get("lat")) return { lon: Number(query.get("lon")), lat: Number(query.get("lat")) };
    const line = sections.find(({ id }) => String(id) === select.value)?.line;
    return line ? middle(line) : null;
  };

  const tag = (text, look) => Object.assign(document.createElement("span"), { className: `tag ${look}`, textContent: text });
  const card = (stop, place, now, orders) => {
    const item = box.querySelector("template").content.firstElementChild.cloneNode(true);
    const set = (name, text) => { item.querySelector(`[data-${name}]`).textContent = text; };
    const byOrder = stop.order && [...PRESSING, ...AT_ORDER].includes(stop.now[0]);
    Object.assign(item.dataset, { lon: stop.lon, lat: stop.lat });
    item.id = `stop-${place}`;
    item.classList.toggle("late", stop.now[0] === "overdue");
    set("step", `${place} · ${(place === 1 ? words.wordFrom : words.wordFurther).replace("{far}", written(stop.step))}`);
    set("state", stop.state_word);
    const link = item.querySelector("[data-number]");
    link.textContent = byOrder ? stop.order.number : stop.number;
    // Only what this phone keeps can be opened without network.
    if (byOrder && orders.has(stop.order.id)) link.href = stop.order.url;
    set("type", stop.type);
    item.querySelector("[data-tasks]").replaceChildren(
      ...stop.now.map((task) => tag(named[task], PRESSING.includes(task) ? task : "")),
      tag(stop.severity_word, stop.severity),
    );
    const pressing = PRESSING.includes(stop.now[0]) && stop.due;
    set("place", [stop.place, pressing && timeLeft(words, new Date(stop.due), now)].filter(Boolean).join(" · "));
    const image = item.querySelector("img");
    if (stop.photo) image.src = stop.photo;
    else image.remove();
    const way = item.querySelector("[data-way]");
    way.href = `geo:${stop.lat},${stop.lon}?q=${stop.lat},${stop.lon}`;
    Object.assign(way.dataset, { lat: stop.lat, lon: stop.lon });
    import("./navigate.js").then((module) => module.default(way));
    return item;
  };

  const draw = async () => {
    const [here, known, orders] = [await where(), await kept(), await keptOrders()];
    show("since", known);
    show("unknown", !known);
    if (known) part("moment").textContent = hour(new Date(known.at + known.skew));
    if (!here || !known) return;
    const now = new Date(Date.now() + known.skew);
    const mine = await own(known);
    const near = known.stops.filter((stop) => apart(here, stop) <= words.within).map((stop) => ({ ...stop, now: tasksOf(stop, now, mine) }));
    const way = walk(here, (await withPictures(near)).filter((stop) => stop.now.length));
    const ids = new Set(orders?.orders.map(({ id }) => id));
    list.replaceChildren(...way.map((stop, n) => card(stop, n + 1, now, ids)));
    Object.assign(list.dataset, here);
    // Beyond what the phone keeps it knows of nothing, which is not the same as nothing being there.
    const whole = apart(here, known) + Number(words.within) <= known.reach_m;
    part("count").textContent = words.wordCount.replace("#", way.length);
    show("count", way.length);
    show("none", !way.length && whole);
    show("near", way.length);
    show("edge", !whole);
    list.dispatchEvent(new CustomEvent("cards-drawn"));
  };
  await draw();
  const fresh = () => refresh().then((news) => news && draw()).catch((fault) => console.info("not brought:", fault.message));
  addEventListener("online", fresh);
  fresh();
}
