// What is near the new defect: open ones as cards, where "this one" adds the photos to it instead of a new record, and
// what was mended here before. With network from the server, without it from the pack; what is not sent yet from the queue.
import { day, daysSince } from "./dates.js";
import { lead } from "./form.js";
import { unsent } from "./pack.js";

const PATIENCE_MS = 4000;
const MOST_FIRST = 3;
const LONG_AGO_DAYS = 730;
const NOTHING = { defects: [], mended: [] };

const fromServer = (address) => fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) })
  .then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

// Around the position; without one, of the same type on the same section.
async function askFor(asks, words, but) {
  const [said, own] = await Promise.all([fromServer(`${words.near}?${new URLSearchParams(asks)}`), unsent(asks, but).catch(() => [])]);
  // From the pack, with the pictures that the phone keeps.
  const near = said ?? await import("./nearby-pack.js").then((pack) => pack.near(asks, words.wordGone)).catch(() => ({ ...NOTHING, offline: true }));
  return { ...near, defects: [...own, ...near.defects] };
}

function age(defect) {
  const days = defect.days ?? daysSince(new Date(defect.found_at));
  if (days < 0 || days > LONG_AGO_DAYS) return day(defect.found_at);
  return new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(-days, "day");
}

// The cards; `choose` is told of the one that it is, with its card. A card stays the same one, and where it is as long as none
// comes before it: a finger may be on it. Gives how to draw.
function drawn(box, choose) {
  const words = box.dataset;
  const made = new Map();

  const cardOf = (kind, defect, offline, more) => {
    // By its id: what is filed in one minute may share a provisional number.
    const key = `${kind} ${defect.id}`;
    const card = made.get(key) ?? box.querySelector(`template[data-${kind}]`).content.firstElementChild.cloneNode(true);
    const [image, link, button] = ["img", "[data-number]", "button"].map((part) => card.querySelector(part));
    if (!made.has(key)) button?.addEventListener("click", () => choose(defect, card));
    made.set(key, card);
    if (!defect.photo) image?.remove();
    else if (image) image.src = defect.photo;
    // Without network there is no page to open but this phone's own.
    const url = defect.unsent ? words.queue : !offline && defect.url;
    if (url) link.href = url;
    else link.removeAttribute("href");
    link.textContent = defect.number;
    const where = "distance_m" in defect ? `${defect.distance_m}\u00a0${words.wordAway}` : defect.place;
    card.querySelector("[data-what]").textContent = [defect.type, where].filter(Boolean).join(" · ");
    card.querySelector("[data-more]").textContent = more.filter(Boolean).join(" · ");
    return card;
  };
  const opened = (offline) => (defect) => {
    const card = cardOf("open", defect, offline, [defect.unsent ? words.wordUnsent : defect.state, age(defect)]);
    const which = card.querySelector("[data-which]");
    if (which) which.textContent = defect.number;
    // Where nothing is yet, nothing can be added.
    if (defect.unsent) which?.closest("p").remove();
    return card;
  };
  const mended = (offline) => (defect) => cardOf("mended", defect, offline, [defect.crew, defect.mended, defect.order, defect.until && `${words.wordUntil} ${defect.until}`]);

  const put = (name, cards) => {
    const part = box.querySelector(`[data-${name}]`);
    const list = part.querySelector("ul");
    for (const old of [...list.children]) if (!cards.includes(old)) old.remove();
    for (const [n, card] of cards.entries()) if (list.children[n] !== card) list.insertBefore(card, list.children[n] ?? null);
    part.hidden = !cards.length;
  };
  return ({ same, before, further, offline }) => {
    put("same", same.map(opened(offline)));
    put("before", before.map(mended(offline)));
    put("further", further.map(opened(offline)));
    box.querySelector("[data-further] span").textContent = further.length;
    box.hidden = same.length + before.length + further.length === 0;
  };
}

export default function duplicates(box) {
  const form = box.closest("form");
  const words = box.dataset;
  const value = (name) => form.elements.namedItem(name).value;
  const hint = form.querySelector("[data-duplicates-hint]");
  // The server has asked already, on a page made without this script.
  if (form.querySelector("#twins")) return null;

  let asked = "";
  let found = NOTHING;
  let looking = Promise.resolve();
  // For which type Send has been held back, and which cards the person has seen and said "another one" to.
  let question = null;
  const others = new Set();

  const chosen = () => form.querySelector("input[name=type_code]:checked")?.value;
  const alike = (kind) => found.defects.filter((one) => one.code === kind);
  const held = () => question !== null && question === chosen() && alike(question).some(({ id }) => !others.has(id));
  const cards = drawn(box, (defect, card) => import("./this-one.js").then((module) => module.default(box, card, defect)).catch(() => {}));
  // The question in the place of Send: above the cards that it is not filed yet, under them what files it.
  const [note, other] = box.querySelector("template[data-asking]").content.cloneNode(true).children;
  const draw = () => {
    const kind = chosen();
    const same = kind ? alike(kind) : found.defects.slice(0, MOST_FIRST);
    const before = found.mended.filter((one) => !kind || one.code === kind);
    cards({ same, before, further: found.defects.filter((one) => !same.includes(one)), offline: found.offline });
    const asks = held();
    form.querySelector(".sendbar").hidden = asks;
    if (!asks) for (const part of [note, other]) part.remove();
    else if (!note.isConnected) { box.prepend(note); box.querySelector("[data-same]").after(other); }
    // A phone that works alone may not know this place.
    const [none, far, link] = ["[data-none]", "[data-far]", "a"].map((part) => hint.querySelector(part));
    const nothing = box.hidden && asked && asked === found.here;
    const sure = !found.offline || found.whole;
    none.hidden = !nothing || !sure;
    far.hidden = !nothing || sure;
    link.hidden = box.hidden;
    const told = [[words.wordOpen, found.defects], [words.wordBefore, before]].map(([text, cards]) => cards.length && text.replace("#", cards.length));
    link.textContent = value("lat") ? told.filter(Boolean).join(" · ") : words.wordWhich;
  };
  other.querySelector("button").addEventListener("click", (event) => {
    // The second tap of a hasty double tap on Send answers nothing.
    if (event.detail > 1) return;
    for (const { id } of alike(chosen())) others.add(id);
    draw();
    form.requestSubmit();
  });

  const find = async () => {
    const [lon, lat, section, type] = ["lon", "lat", "section_id", "type_code"].map(value);
    const asks = lat ? { lon, lat } : section && type ? { section, type } : {};
    const here = `${new URLSearchParams(asks)}`;
    if (here !== asked) {
      asked = here;
      const near = here ? await askFor(asks, words, value("client_id")) : NOTHING;
      if (asked !== here) return;
      found = { ...near, here };
    }
    draw();
  };
  // What cannot be looked up holds up no filing.
  const unknown = (fault) => console.info("what is near is not known:", fault.message);
  const look = () => { looking = Promise.all([looking, find().catch(unknown)]); return looking; };

  // Asked at Send: gives whether there is a question that must be answered first, and takes the person there.
  const hold = async () => {
    await look();
    question = chosen() ?? null;
    draw();
    if (!held()) return false;
    lead(form, note);
    if (document.activeElement === note) note.scrollIntoView({ block: "start" });
    return true;
  };
  form.addEventListener("alike", ({ detail }) => detail.push(hold()));
  form.addEventListener("change", look);
  form.addEventListener("position-picked", look);
  form.addEventListener("position-set", look, { capture: true });
  return look();
}
