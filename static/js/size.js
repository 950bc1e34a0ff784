// Sizes by thumb: − and + beside each measure, the usual sizes of the type and the last one as one tap, m² at once.
import doubt from "./doubt.js";
import { habits, remember } from "./habit.js";

// Up to which value a step holds; the last for all beyond.
const STEPS = {
  length_m: [[1, 0.1], [5, 0.5], [Infinity, 1]],
  width_m: [[1, 0.1], [5, 0.5], [Infinity, 1]],
  depth_mm: [[50, 5], [Infinity, 10]],
  count: [[Infinity, 1]],
};
const PARTS = ["length_m", "width_m", "depth_mm", "count"];

// The next value upwards or downwards, without the dust of binary fractions; never below nothing, a count never below 1.
function stepped(name, text, way) {
  const now = Number.parseFloat(text.normalize("NFKC")) || 0;
  const [, step] = STEPS[name].find(([end]) => (way > 0 ? now < end : now <= end));
  return String(Math.max(name === "count" ? 1 : 0, Number((now + way * step).toFixed(2))));
}

// Whole numbers throughout: 0.1 × 3 is 0.3 and no more.
const FACTOR = { "length_x_0.2": "0.2", length_x_1: "1" };

const exact = (text) => {
  const [, whole, part = ""] = text.normalize("NFKC").replace(/[^\d.]/g, "").match(/^(\d*)\.?(\d*)$/) ?? ["", "", ""];
  return whole + part === "" ? null : { digits: BigInt(whole + part), places: part.length };
};

// Two measures as text, their product in hundredths, rounded half up; nothing where one is no number.
function product(one, other) {
  const [a, b] = [exact(one), exact(other)];
  if (!a || !b) return "";
  const scale = 10n ** BigInt(a.places + b.places);
  const cents = (a.digits * b.digits * 200n + scale) / (2n * scale);
  const text = String(cents).padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`.replace(/\.?0+$/, "");
}

// Works out the area by the type's counting rule, to the cent as the server does, until one types another by hand.
function area(form) {
  const get = (name) => form.elements.namedItem(name);
  const worked = () => {
    const rule = form.querySelector("input[name=type_code]:checked")?.dataset.counting;
    const value = { none: () => "0", count_x_1: () => product(get("count").value || "1", "1") }[rule];
    return rule && (value ? value() : product(get("length_m").value, FACTOR[rule] ?? get("width_m").value));
  };
  // A form that is filled again has what was worked out before: "2.00" is 2.
  const other = () => get("area_m2").value !== "" && !(worked() && Number(worked()) === Number(get("area_m2").value));
  let byHand = other();
  const update = () => { if (!byHand) get("area_m2").value = worked() ?? get("area_m2").value; };
  get("area_m2").addEventListener("input", () => { byHand = other(); });
  form.addEventListener("input", (event) => { if (event.target !== get("area_m2")) update(); });
  form.addEventListener("change", (event) => {
    if (event.target === form) byHand = other();
    update();
  });
  update();
}

// "0.5×0.3" is a length and a width, "2" a length, "#3" a number of places.
const read = (text) => {
  const [length_m, width_m] = text.split("×");
  return text.startsWith("#") ? { count: text.slice(1) } : width_m ? { length_m, width_m } : { length_m };
};

export default function size(box) {
  const form = box.closest("form");
  area(form);
  const words = box.dataset;
  const field = (name) => form.elements.namedItem(name);
  const list = box.querySelector("[data-presets]");
  const result = box.querySelector("[data-result]");

  const write = (name, value) => {
    field(name).value = value;
    field(name).dispatchEvent(new Event("input", { bubbles: true }));
  };
  const large = box.querySelector("[data-large]");
  const said = (part) => field(part).value.normalize("NFKC");
  const huge = (m2) => m2 > large.dataset.large;
  const changed = doubt(form, large, () => said("area_m2"), huge, (m2) => {
    const sides = [said("length_m"), said("width_m")];
    large.querySelector("b").textContent = `${sides.every(Boolean) ? `${sides.join(" × ")} m = ` : ""}${m2} m²`;
  });
  const tell = () => { changed(); result.textContent = field("area_m2").value ? `= ${field("area_m2").value} m²` : ""; };
  const button = (text, label, press) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button quiet step", textContent: text });
    made.setAttribute("aria-label", label);
    made.addEventListener("click", press);
    return made;
  };
  for (const name of PARTS) {
    const input = field(name);
    const what = input.labels[0].firstChild.textContent.trim();
    const press = (way) => () => { write(name, stepped(name, input.value, way)); tell(); };
    // The input itself stays where it is: one that is moved loses the finger that types into it.
    const row = input.closest(".stepper");
    row.prepend(button("−", `${what} ${words.wordLess}`, press(-1)));
    row.append(button("+", `${what} ${words.wordMore}`, press(1)));
  }

  const name = (preset) => {
    if (preset.count && !preset.length_m) return `× ${preset.count}`;
    const depth = preset.depth_mm ? ` · ${preset.depth_mm} mm` : "";
    return (preset.width_m ? `${preset.length_m || "–"} × ${preset.width_m} m` : `${preset.length_m} m`) + depth;
  };
  const use = (preset) => {
    write("area_m2", "");
    for (const part of PARTS) write(part, preset[part] ?? (part === "count" ? "1" : ""));
    tell();
    press();
  };
  const chip = (preset, last) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: last ? `${words.wordLast} ${name(preset)}` : name(preset) });
    made.dataset.size = JSON.stringify(preset);
    made.addEventListener("click", () => use(preset));
    return made;
  };
  const press = () => {
    const is = (preset) => PARTS.every((part) => field(part).value === (preset[part] ?? (part === "count" ? "1" : "")));
    for (const made of list.children) made.setAttribute("aria-pressed", String(is(JSON.parse(made.dataset.size))));
  };
  const same = (one, other) => PARTS.every((part) => (one[part] || "") === (other[part] || "") || (part === "count" && (one[part] ?? "1") === (other[part] ?? "1")));
  const offer = () => {
    const kind = form.querySelector("input[name=type_code]:checked");
    const presets = kind ? kind.dataset.sizes.split(" ").map(read) : [];
    const last = kind && habits().sizes[kind.value];
    const fresh = last && !presets.some((preset) => same(preset, last));
    list.replaceChildren(...(fresh ? [chip(last, true)] : []), ...presets.map((preset) => chip(preset, false)));
    list.hidden = !list.children.length;
    press();
  };

  form.addEventListener("change", (event) => { if (event.target === form || event.target.name === "type_code") offer(); tell(); });
  // On the form: there the area has been worked out anew by then.
  form.addEventListener("input", () => { press(); tell(); });
  form.addEventListener("filing-kept", ({ detail }) => {
    const sizes = Object.fromEntries(PARTS.filter((part) => detail[part]).map((part) => [part, detail[part]]));
    if (huge(Number(detail.area_m2))) return;
    if (sizes.length_m || sizes.width_m || (sizes.count ?? "1") !== "1") remember((kept) => { kept.sizes[detail.type_code] = sizes; });
  });
  // The chips stand over the measures, and would push away one that is being typed.
  if (!box.contains(document.activeElement)) offer();
}
