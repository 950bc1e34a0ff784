// Carriageway or sidewalk as last time on this section, else as most were filed there; the last type is marked.
import { pack } from "./pack.js";

// What the person did last, kept on this phone: surface of each section, size of each type, type of each surface.
const KEY = "habits";

export function habits() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(KEY) ?? "{}"); } catch { /* nothing that can be read is nothing kept */ }
  return { surfaces: {}, sizes: {}, types: {}, ...kept };
}

export function remember(change) {
  const kept = habits();
  change(kept);
  try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* a full phone only forgets */ }
}

const filled = new WeakMap();

// Fills the list where the page has none, and takes over what the address says: the next defect on the same section.
export function fill(select) {
  if (!filled.has(select)) filled.set(select, work(select));
  return filled.get(select);
}

// The last types are marked; on a page kept on the phone, which knows nobody, the person's most used ones come first. All
// before any type is seen: none is moved under a finger.
function arrange(box, used) {
  if (box.querySelector("[name=surface]:checked:not(:default)")) return;
  const last = Object.values(habits().types);
  for (const radio of [...box.querySelectorAll("input[name=type_code]")].filter(({ value }) => last.includes(value))) {
    radio.closest("label").append(Object.assign(document.createElement("small"), { textContent: box.dataset.wordLast }));
  }
  for (const grid of box.closest("form").elements.csrf_token ? [] : box.querySelectorAll(".types .choices")) {
    const labels = [...grid.children].map((label) => ({ label, count: used[label.querySelector("input").value] ?? 0 }));
    grid.append(...labels.sort((a, b) => b.count - a.count).map(({ label }) => label));
  }
}

async function work(select) {
  const known = await pack();
  for (const section of select.options.length < 2 ? known?.sections ?? [] : []) {
    const option = new Option(section.name, section.id);
    option.dataset.road = section.road;
    select.append(option);
  }
  arrange(select.form.querySelector("[data-module=habit]"), known?.used ?? {});
  const asked = new URLSearchParams(location.search);
  const field = (name) => select.form.elements.namedItem(name);
  if (asked.get("section") && !select.value) select.value = asked.get("section");
  const round = field("round_client_id");
  if (round && !round.value) round.value = asked.get("round") ?? "";
  const surface = [...select.form.querySelectorAll("input[name=surface]")].find(({ value }) => value === asked.get("surface"));
  if (surface && !select.form.querySelector("input[name=surface]:checked")) surface.checked = true;
  if (asked.has("next")) select.form.querySelector("input[type=file]")?.focus();
}

export default async function habit(box) {
  const form = box.closest("form");
  const field = (name) => form.elements.namedItem(name);
  const said = box.querySelector("[data-habit]");
  await fill(field("section_id"));
  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);
  let byHand = Boolean(chosen("surface"));

  const propose = async () => {
    const section = field("section_id").value;
    if (!section || byHand || chosen("type_code")) return;
    const own = habits().surfaces[section];
    const surface = own ?? (await pack())?.sections.find(({ id }) => String(id) === section)?.surface;
    const radio = [...box.querySelectorAll("input[name=surface]")].find(({ value }) => value === surface);
    if (!radio || byHand || field("section_id").value !== section) return;
    radio.checked = true;
    said.textContent = own ? box.dataset.wordOwn : box.dataset.wordUsual;
    said.hidden = false;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // How big is asked for once it is known what it is: only then do the sizes come.
  let sizes = null;
  const size = () => {
    if (chosen("type_code")) sizes ??= import("./size.js").then((module) => module.default(form.querySelector("[data-size]"))).catch(() => { sizes = null; });
  };
  form.addEventListener("change", size);
  size();

  box.addEventListener("change", (event) => {
    if (event.target.name !== "surface" || !event.isTrusted) return;
    byHand = true;
    said.hidden = true;
  });
  field("section_id").addEventListener("change", propose);
  form.addEventListener("filing-kept", ({ detail }) => remember((kept) => {
    if (detail.section_id) kept.surfaces[detail.section_id] = detail.surface;
    kept.types[detail.surface] = detail.type_code;
    kept.next = { section: detail.section_id, surface: detail.surface, round: detail.round_client_id ?? "" };
  }));
  await propose();
}
