// What a filing lacks, and how that is said: in a summary on top whose links lead to the fields.
import { MOST, photosOf } from "./records.js";

// ": " as the page's language writes it.
const colon = () => document.body.dataset.colon;

export async function lacking(form, id) {
  const words = form.dataset;
  const field = (name) => form.elements.namedItem(name);
  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);
  const faults = {};
  const photos = (await photosOf(id)).length;
  if (photos > MOST) faults.photos = [words.wordMany];
  else if (!photos && !field("no_photo_reason").value.trim()) faults.photos = [words.needPhoto];
  if (!field("section_id").value && !field("place").value.trim()) faults.section = [words.needPlace];
  if (!chosen("surface")) faults.surface = [words.needSurface];
  if (!chosen("type_code")) faults.type_code = [words.needType];
  // Without a type the area is not worked out yet: a length may be enough for it.
  if (!["area_m2", ...(chosen("type_code") ? [] : ["length_m"])].some((name) => field(name).value.trim())) faults.area_m2 = [words.needSize];
  return faults;
}

export function showFaults(form, faults) {
  form.parentElement.querySelector(".fault")?.remove();
  const box = document.createElement("div");
  box.className = "fault";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const list = document.createElement("ul");
  for (const [name, sentences] of Object.entries(faults)) {
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
    list.append(item);
  }
  const head = document.createElement("h2");
  head.textContent = form.dataset.wordCheck;
  box.append(head, list);
  form.before(box);
  box.focus();
}
