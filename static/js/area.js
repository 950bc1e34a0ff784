// Works out the area from length and width by the type's counting rule, as the server does, until one types it by hand.
const FACTOR = { "length_x_0.2": 0.2, length_x_1: 1 };

const number = (text) => {
  const plain = text.normalize("NFKC").replace(/[^\d.]/g, "");
  return plain === "" ? NaN : Number(plain);
};

export default function area(fieldset) {
  const form = fieldset.form;
  const get = (name) => form.elements.namedItem(name);
  let byHand = get("area_m2").value !== "";
  const update = () => {
    const kind = form.querySelector("input[name=type_code]:checked");
    if (byHand || !kind) return;
    const rule = kind.dataset.counting;
    const length = number(get("length_m").value);
    const width = FACTOR[rule] ?? number(get("width_m").value);
    const value = rule === "count_x_1" ? number(get("count").value || "1") : rule === "none" ? 0 : length * width;
    get("area_m2").value = Number.isFinite(value) ? String(Math.round(value * 100 + 1e-6) / 100) : "";
  };
  get("area_m2").addEventListener("input", () => { byHand = get("area_m2").value !== ""; });
  form.addEventListener("input", (event) => { if (event.target !== get("area_m2")) update(); });
  form.addEventListener("change", update);
}
