// What is near the new defect: open ones as cards, where "this one" adds the photos to it instead of a new record, and
// what was mended here before. With network from the server, without it from the pack.
import { day, daysSince } from "./dates.js";
import { still } from "./form.js";
import { around } from "./pack.js";
import { able } from "./person.js";

const PATIENCE_MS = 4000;
const LONG_AGO_DAYS = 730;
const MOST_FIRST = 3;
const NOTHING = { defects: [], mended: [] };

export default function duplicates(box) {
  const form = box.closest("form");
  const words = box.dataset;
  const field = (name) => form.elements.namedItem(name);
  const [openCard, mendedCard] = ["open", "mended"].map((name) => box.querySelector(`template[data-${name}]`));
  const place = box.querySelector("[data-cards]");
  const hint = form.querySelector("[data-duplicates-hint]");
  // The server has asked already, on a page made without this script.
  if (form.querySelector("#twins")) return;

  let asked = "";
  let found = NOTHING;
  let looking = Promise.resolve();
  // For which type Send has been held back, and which cards the person has seen and said "another one" to.
  let question = null;
  const others = new Set();
  let drawn = {};
  const lang = document.documentElement.lang;
  const ago = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });

  const age = (defect) => {
    const days = defect.days ?? daysSince(Date.parse(defect.found_at));
    if (days < 0 || days > LONG_AGO_DAYS) return day(defect.found_at);
    return ago.format(-days, "day");
  };

  const fill = (template, defect, text) => {
    const card = template.content.firstElementChild.cloneNode(true);
    const image = card.querySelector("img");
    if (defect.photo) image.src = defect.photo;
    else image.remove();
    // Without network there is no page to open.
    const link = card.querySelector("[data-number]");
    if (defect.url && !found.offline) link.href = defect.url;
    link.textContent = defect.number;
    const where = "distance_m" in defect ? `${defect.distance_m}\u00a0${words.wordAway}` : defect.place;
    card.querySelector("[data-what]").textContent = [defect.type, where].filter(Boolean).join(" · ");
    card.querySelector("[data-more]").textContent = text;
    return card;
  };

  const opened = (defect) => {
    const card = fill(openCard, defect, `${defect.state} · ${age(defect)}`);
    const button = card.querySelector("button");
    button.querySelector("[data-which]").textContent = defect.number;
    button.addEventListener("click", async () => (await able() ? add(defect, card) : plain(defect)));
    return card;
  };

  const mended = (defect) => {
    const until = defect.until ? `${words.wordUntil} ${defect.until}` : "";
    return fill(mendedCard, defect, [defect.crew, defect.mended, defect.order, until].filter(Boolean).join(" · "));
  };

  const part = (head, cards) => {
    if (!cards.length) return [];
    const title = document.createElement("h2");
    title.textContent = head;
    const list = document.createElement("ul");
    list.append(...cards);
    return [title, list];
  };

  const rest = (cards) => {
    if (!cards.length) return [];
    const more = document.createElement("details");
    more.className = "how";
    const head = document.createElement("summary");
    head.textContent = `${words.wordOthers} (${cards.length})`;
    const list = document.createElement("ul");
    list.append(...cards);
    more.append(head, list);
    return [more];
  };

  const chosen = () => form.querySelector("input[name=type_code]:checked")?.value;
  const unanswered = (kind) => found.defects.some((one) => one.code === kind && !others.has(one.id));

  // The question in the place of Send: above the cards that it is not filed yet, under them what files it.
  const asking = (shown, cards) => {
    const [note, other] = box.querySelector("template[data-asking]").content.cloneNode(true).children;
    other.querySelector("button").addEventListener("click", (event) => {
      // The second tap of a hasty double tap on Send answers nothing.
      if (event.detail > 1) return;
      for (const one of shown) others.add(one.id);
      draw();
      form.requestSubmit();
    });
    return [note, ...cards, other];
  };

  const draw = () => {
    const kind = chosen();
    const held = Boolean(kind) && question === kind && unanswered(kind);
    // A card must not be taken away under a finger: drawn again only where there is something else to say.
    if (drawn.found === found && drawn.kind === kind && drawn.held === held) return;
    drawn = { found, kind, held };
    const same = kind ? found.defects.filter((one) => one.code === kind) : found.defects.slice(0, MOST_FIRST);
    const further = found.defects.filter((one) => !same.includes(one));
    const before = found.mended.filter((one) => !kind || one.code === kind);
    const [near, past] = [part(words.wordWhich, same.map(opened)), part(words.wordMended, before.map(mended))];
    place.replaceChildren(...(held ? [...asking(same, near), ...past] : [...past, ...near]), ...rest(further.map(opened)));
    form.querySelector(".sendbar").hidden = held;
    box.hidden = !place.childElementCount;
    // A phone that works alone may not know this place.
    const [none, far] = ["none", "far"].map((name) => hint.querySelector(`[data-${name}]`));
    const sure = !found.offline || found.whole;
    none.hidden = !asked || !box.hidden || !sure;
    far.hidden = !asked || !box.hidden || sure;
    const told = [[words.wordOpen, found.defects], [words.wordBefore, before]].map(([text, cards]) => cards.length && text.replace("#", cards.length));
    const link = hint.querySelector("a");
    link.hidden = box.hidden;
    link.textContent = field("lat").value ? told.filter(Boolean).join(" · ") : words.wordWhich;
  };

  // From the pack, with the pictures that the phone keeps.
  const fromPack = async ({ lon, lat, section, type }) => {
    const { onSection, withPictures } = await import("./nearby-pack.js").catch(() => ({ onSection: () => NOTHING, withPictures: (rows) => rows }));
    const near = section ? await onSection(section, type) : await around(Number(lon), Number(lat), words.wordGone);
    return { defects: await withPictures(near.defects), mended: await withPictures(near.mended), offline: true, whole: near.whole };
  };

  // Around the position; without one, of the same type on the same section.
  const find = async () => {
    const [lon, lat, section, type] = ["lon", "lat", "section_id", "type_code"].map((name) => field(name).value);
    const asks = lat ? { lon, lat } : section && type ? { section, type } : {};
    const here = `${new URLSearchParams(asks)}`;
    if (here !== asked) {
      asked = here;
      const options = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) };
      const said = here ? await fetch(`${words.near}?${here}`, options).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null) : NOTHING;
      const near = said ?? await fromPack(asks);
      if (asked !== here) return;
      found = near;
    }
    draw();
  };
  // What cannot be looked up holds up no filing.
  const unknown = (fault) => console.info("what is near is not known:", fault.message);
  const look = () => { looking = Promise.all([looking, find().catch(unknown)]); return looking; };

  // Asked at Send: gives whether there is a question that must be answered first, and takes the person there.
  const hold = async () => {
    await look();
    question = chosen();
    draw();
    if (!drawn.held) return false;
    const note = place.firstElementChild;
    note.focus({ preventScroll: true });
    note.scrollIntoView({ block: "start" });
    return true;
  };
  form.addEventListener("alike", ({ detail }) => detail.push(hold()));

  // Meanwhile neither the form is sent nor another one chosen.
  const enable = (yes) => {
    for (const one of [form.querySelector(".sendbar button"), ...box.querySelectorAll("button")]) one.disabled = !yes;
    still(form, !yes);
  };
  const add = (defect, card) => {
    enable(false);
    import("./this-one.js").then((module) => module.default(box, card, defect, enable)).catch(() => enable(true));
  };

  // Where the browser keeps nothing, the form goes to the server, which adds the photos.
  const plain = (defect) => {
    const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: "add_to", value: defect.id });
    form.append(chosen);
    import("./plain.js").then((module) => module.default(form)).catch(() => {});
  };

  form.addEventListener("change", look);
  form.addEventListener("position-picked", look);
  form.addEventListener("position-set", look, { capture: true });
  return look();
}
