// My orders, drawn from what the phone keeps: with its own steps counted in before they are sent.
import { restore } from "./step-draft.js";
import { hour } from "./dates.js";
import { showFaults } from "./faults.js";
import { askedRecord } from "./form.js";
import navigate from "./navigate.js";
import { kept, refresh, stand, steps } from "./orders-pack.js";
import { crewOf, pack as district } from "./pack.js";
import { me } from "./person.js";
import { stuck, watch } from "./records.js";
import { instead, letGo, redrawing } from "./redraw.js";
import { fill, verbOf } from "./step-form.js";
import { all, get } from "./store.js";
import { timeLeft } from "./time-left.js";

export default async function orders(box) {
  const words = box.dataset;
  const list = box.querySelector("[data-cards]");
  const blank = (name) => box.querySelector(`template[data-blank="${name}"]`).content.firstElementChild.cloneNode(true);
  const set = (element, name, text) => { element.querySelector(`[data-${name}]`).textContent = text ?? ""; };

  const unique = (element, mark) => {
    for (const each of element.querySelectorAll("[id], [for]")) {
      if (each.id) each.id = `${each.id}-${mark}`;
      if (each.htmlFor) each.htmlFor = `${each.htmlFor}-${mark}`;
    }
  };

  // The photo before the work, where this phone has it, for the camera to lie over.
  const ghosted = async (field, line, pack) => {
    const earlier = line.photos.find(({ id, kind }) => kind === words.wordBefore && pack.pictures[id]);
    if (!earlier) return;
    const image = picture(pack, earlier, line);
    const frame = blank("ghost");
    frame.dataset.before = image.src;
    frame.querySelector("img").replaceWith(image);
    field.querySelector(".field").append(frame);
    (await import("./ghost.js")).default(frame);
  };

  const measure = (order, line, pack) => {
    const field = blank("measure");
    set(field, "legend", `${line.number} · ${line.type}`);
    for (const input of field.querySelectorAll("input")) {
      input.name = input.name.replace("line", line.id);
      if (line.proved && input.type === "file") delete input.dataset.need;
    }
    const safe = order.purpose === "make_safe";
    if (safe) field.querySelector(".pair").remove();
    else if (!line.metres) field.querySelector("[data-metres]").remove();
    else if (line.ancillary) delete field.querySelector("input[data-need][inputmode]").dataset.need;
    unique(field, line.id);
    ghosted(field, line, pack);
    return field;
  };

  const form = (order, verb, pack) => {
    const step = blank(verb);
    step.querySelector("[data-measures]")?.replaceChildren(...order.lines.map((line) => measure(order, line, pack)));
    unique(step, order.id);
    const reasons = step.querySelector("[data-chips]");
    if (reasons) import("./chips.js").then(({ default: chips }) => chips(reasons.closest("form")));
    return step;
  };

  const picture = (pack, { id, kind }, line) => {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(pack.pictures[id]);
    image.alt = `${kind} · ${line.type} · ${line.number}`;
    return image;
  };

  const lineOf = (pack, line) => {
    const item = blank("line");
    set(item, "what", `${line.type} · ${line.area}${line.measured ? ` → ${line.measured}` : ""}`);
    set(item, "where", `${line.surface} · ${line.place}`);
    const shown = line.photos.filter(({ id }) => pack.pictures[id]);
    const pair = [shown.find(({ kind }) => kind === words.wordBefore), shown.findLast(({ kind }) => kind !== words.wordBefore)];
    const thumbs = item.querySelector(".thumbs");
    thumbs.replaceChildren(...shown.filter((photo) => !(pair.every(Boolean) && pair.includes(photo))).map((photo) => picture(pack, photo, line)));
    if (pair.every(Boolean)) {
      const box = blank("compare");
      thumbs.before(box);
      import("./before-after.js").then(({ default: lay }) => lay(box, pair.map(({ kind }) => kind), pair.map((photo) => picture(pack, photo, line)), line.number));
    }
    const way = item.querySelector("a");
    if (line.lon === null) way.remove();
    else {
      way.href = `geo:${line.lat},${line.lon}?q=${line.lat},${line.lon}`;
      Object.assign(way.dataset, { lat: line.lat, lon: line.lon });
      navigate(way);
    }
    return item;
  };

  const clocks = (order, at, safe, now) => {
    const lines = [];
    if (order.suspended_until) lines.push([`${words.wordSuspended} ${hour(new Date(order.suspended_until))}`, false]);
    else if (!order.done) {
      for (const [word, due, open] of [[words.wordSafe, order.safe_due, !safe], [words.wordRepair, order.due, at !== "done"]]) {
        const moment = new Date(due ?? 0);
        if (due && open) lines.push([`${word} ${timeLeft(words, moment, now)} · ${hour(moment)}`, moment < now]);
      }
    } else lines.push([`${words.wordDone} ${hour(new Date(order.done))}`, false]);
    return lines;
  };

  const card = async (order, pack, now, crews) => {
    const mine = await steps(order.id, pack.at);
    const at = stand(order, pack, mine);
    const item = blank("order");
    Object.assign(item.dataset, { order: order.id, number: order.number, version: order.version });
    item.dataset.places = order.lines.filter((line) => line.lon !== null).map((line) => `${line.lon},${line.lat}`).join(" ");
    item.id = `order-${order.id}`;
    const link = item.querySelector("[data-link]");
    link.href = order.url;
    link.textContent = order.number;
    set(item, "state", pack.words[at.state]);
    set(item, "crew", crewOf(crews, order, words.wordGone));
    const tag = item.querySelector("[data-severity]");
    tag.textContent = order.severity_word;
    tag.classList.add(order.severity);
    const due = clocks(order, at.state, at.safe, now);
    item.classList.toggle("late", due.some(([, late]) => late));
    item.querySelector("[data-clocks]").replaceChildren(...due.map(([text, late]) => {
      const line = document.createElement("p");
      if (late) line.className = "wrong";
      line.textContent = text;
      return line;
    }));
    const said = [order.instruction, order.rework && words.wordRework + order.rework].filter(Boolean);
    set(item, "said", said.join(" · "));
    item.querySelector("[data-said]").hidden = said.length === 0;
    item.querySelector("[data-lines]").replaceChildren(...order.lines.map((line) => lineOf(pack, line)));
    const note = (name, records) => {
      const line = item.querySelector(`[data-${name}]`);
      line.hidden = records.length === 0;
      line.querySelector("span").textContent = records.map((record) => record.title).join(", ");
    };
    note("mine", mine.filter((record) => record.state !== "sent" && !stuck(record)));
    note("stuck", mine.filter(stuck));
    item.querySelector("[data-steps]").replaceChildren(...at.open.map((verb) => form(order, verb, pack)));
    return item;
  };

  const asked = askedRecord();
  // A step that was refused comes back into its form, with its photos, to be mended. True where no form is for it.
  const mend = async () => {
    const record = asked && (await get("records", asked));
    if (record?.state !== "refused" || record.person !== me()) return false;
    const place = document.getElementById(`order-${record.fields.order}`);
    const filled = place && [...place.querySelectorAll("form")].find((each) => verbOf(each) === record.fields.verb);
    if (!filled) return true;
    filled.closest("details")?.setAttribute("open", "");
    filled.closest("details")?.removeAttribute("data-idle");
    await fill(filled, record);
    filled.dataset.wordCheck = words.wordCheck;
    showFaults(filled, record.faults);
    return false;
  };

  // What this person did and what has to be decided now, whether or not its order is still here.
  const warn = async (begun, homeless) => {
    const moved = (await all("records")).filter((record) => record.kind === "step" && stuck(record) && record.person === me() && (homeless || record.id !== asked));
    const lost = box.querySelector("[data-lost]");
    lost.hidden = !(moved.length || begun);
    lost.querySelector("b").textContent = moved.map(({ number, title }) => `${number} ${title}`).join(", ");
  };

  let [open, begun, homeless] = ["", false, true];
  const draw = redrawing(async () => {
    const [pack, crews] = [await kept(), (await district())?.crews];
    const now = new Date(Date.now() + (pack?.skew ?? 0));
    const cards = pack ? await Promise.all(pack.orders.map((order) => card(order, pack, now, crews))) : [];
    await warn(begun, homeless);
    // What is being filled in must not be drawn away under the person's hands.
    if (list.querySelector("details[open]:not([data-idle]) form")) return letGo(cards);
    instead(list, cards);
    box.querySelector("[data-none]").hidden = cards.length > 0;
    const since = box.querySelector("[data-since]");
    since.hidden = !pack;
    if (pack) set(since, "moment", hour(new Date(pack.at + pack.skew)));
    list.dispatchEvent(new CustomEvent("cards-drawn"));
    homeless = await mend();
    begun = (await restore(me(), asked)).length > 0 && Boolean(pack);
    await warn(begun, homeless);
    const order = location.pathname.match(/\/workorders\/(\d+)/)?.[1] ?? location.hash.match(/^#order-(\d+)$/)?.[1];
    if (order && order !== open) document.getElementById(`order-${order}`)?.scrollIntoView();
    open = order;
  });
  // What opened by itself is drawn anew until somebody has a hand in it.
  for (const name of ["pointerdown", "focusin", "input", "change"]) {
    list.addEventListener(name, ({ target, isTrusted, type }) => { if (isTrusted || type === "change") target.closest("details")?.removeAttribute("data-idle"); });
  }
  await draw();
  list.querySelector(`form[data-record="${CSS.escape(asked ?? "")}"]`)?.closest("[data-order]").scrollIntoView();
  watch(draw);
  const fresh = () => refresh().then(draw).catch((fault) => console.info("not brought:", fault.message));
  addEventListener("online", fresh);
  box.addEventListener("step-kept", () => { for (const each of list.querySelectorAll("details[open]")) each.open = false; });
  fresh();
}
