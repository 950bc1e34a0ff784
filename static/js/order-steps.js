// The forms of the steps that an order can take now, made of the page's blanks. `page` is its words and `blank`, which gives
// a copy of a blank by its name.
import slip from "./slip.js";

export const set = (element, name, text) => { element.querySelector(`[data-${name}]`).textContent = text ?? ""; };

// A kept picture of a line of an order.
export const picture = (pack, { id, kind }, line) => {
  const image = document.createElement("img");
  image.src = URL.createObjectURL(pack.pictures[id]);
  image.alt = `${kind} · ${line.type} · ${line.number}`;
  return image;
};

// Blanks are copied many times into one page: their ids must not be.
function unique(element, mark) {
  for (const each of element.querySelectorAll("[id], [for]")) {
    if (each.id) each.id = `${each.id}-${mark}`;
    if (each.htmlFor) each.htmlFor = `${each.htmlFor}-${mark}`;
  }
}

// The photo before the work, where this phone has it, for the camera to lie over.
async function ghosted({ blank, words }, field, line, pack) {
  const earlier = line.photos.find(({ id, kind }) => kind === words.wordBefore && pack.pictures[id]);
  if (!earlier) return;
  const image = picture(pack, earlier, line);
  const frame = blank("ghost");
  frame.dataset.before = image.src;
  frame.querySelector("img").replaceWith(image);
  field.querySelector(".field").append(frame);
  (await import("./ghost.js")).default(frame);
}

// What a line is measured and photographed by.
function measure(page, order, line, pack) {
  const field = page.blank("measure");
  set(field, "legend", `${line.number} · ${line.type}`);
  for (const input of field.querySelectorAll("input")) input.name = input.name.replace("line", line.id);
  const photos = field.querySelector("[type=file]");
  const anew = field.querySelector("[data-anew]");
  if (line.proved) delete photos.dataset.need;
  if (line.proved || !order.rework) anew.remove();
  else photos.dataset.need = anew.textContent;
  const safe = order.purpose === "make_safe";
  const sure = field.querySelector("[data-times]");
  sure.dataset.filed = line.filed ?? 0;
  if (safe) sure.remove();
  if (safe) field.querySelector(".pair").remove();
  else if (!line.metres) field.querySelector("[data-metres]").remove();
  else if (line.ancillary) delete field.querySelector("input[data-need][inputmode]").dataset.need;
  unique(field, line.id);
  ghosted(page, field, line, pack);
  return field;
}

export function stepForm(page, order, verb, pack) {
  const step = page.blank(verb);
  step.querySelector("[data-measures]")?.replaceChildren(...order.lines.map((line) => measure(page, order, line, pack)));
  unique(step, order.id);
  for (const box of step.querySelectorAll("[data-times]")) slip(box);
  const reasons = step.querySelector("[data-chips]");
  if (reasons) import("./chips.js").then(({ default: chips }) => chips(reasons.closest("form")));
  return step;
}
