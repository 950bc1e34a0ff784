// What a form lacks, and how that is said: in a summary on top whose links lead to the fields. What is mended goes from it.
import { lead } from "./form.js";
import { MOST } from "./records.js";

// ": " as the page's language writes it.
const colon = () => document.body.dataset.colon;

// What a filing lacks.
export function lacking(form) {
  const words = form.dataset;
  const field = (name) => form.elements.namedItem(name);
  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);
  const faults = {};
  const photos = form.querySelectorAll("[data-thumbs] [data-sha]").length;
  if (photos > MOST) faults.photos = [words.wordMany];
  else if (!photos && !field("no_photo_reason").value.trim()) faults.photos = [words.needPhoto];
  if (!field("section_id").value && !field("place").value.trim()) faults.section = [words.needPlace];
  if (!chosen("surface")) faults.surface = [words.needSurface];
  if (!chosen("type_code")) faults.type_code = [words.needType];
  // Without a type the area is not worked out yet: a length may be enough for it.
  if (!["area_m2", ...(chosen("type_code") ? [] : ["length_m"])].some((name) => field(name).value.trim())) faults.area_m2 = [words.needSize];
  return faults;
}

function lineOf(form, name, sentences) {
  const item = document.createElement("li");
  const input = form.elements.namedItem(name === "section" ? "section_id" : name);
  const where = input instanceof RadioNodeList ? document.getElementById(name) : input;
  if (where?.id) {
    const link = document.createElement("a");
    link.href = `#${where.id}`;
    link.textContent = where.labels?.[0]?.firstChild.textContent.trim() ?? where.querySelector?.("legend")?.textContent ?? name;
    item.append(link, colon());
  }
  item.append(sentences.join(" "));
  return item;
}

// Tells these faults in the place of those told before. A line goes with what it tells of: when what was lacking is there (as
// `lacks` says), or when its field says something else. Gives whether there are any.
export function showFaults(form, faults, lacks) {
  form.parentElement.querySelector(".fault")?.remove();
  if (!Object.keys(faults).length) return false;
  const box = document.createElement("div");
  box.className = "fault";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const head = document.createElement("h2");
  head.textContent = form.dataset.wordCheck;
  const list = document.createElement("ul");
  const says = (name) => form.elements.namedItem(name)?.value;
  const first = lacks?.(form) ?? {};
  const lines = Object.entries(faults).map(([name, sentences]) => ({ name, said: says(name), item: lineOf(form, name, sentences) }));
  list.append(...lines.map(({ item }) => item));
  box.append(head, list);
  const end = new AbortController();
  const look = () => {
    const now = lacks?.(form) ?? {};
    for (const { name, said, item } of lines) {
      const mended = name in first ? !(name in now) : says(name) !== said;
      if (mended && !item.contains(document.activeElement)) item.remove();
    }
    if (!list.childElementCount) box.remove();
    if (!box.isConnected) end.abort();
  };
  for (const name of ["input", "change"]) form.addEventListener(name, look, { signal: end.signal });
  form.before(box);
  lead(form, box);
  return true;
}
