// Road, then section, then words: the way without a position.
import { fill } from "./habit.js";

export default async function road(box) {
  const select = box.querySelector("select");
  if (box.querySelector("#road")) return;
  await fill(select);
  const every = [...select.options];
  const names = [...new Set(every.map((option) => option.dataset.road).filter(Boolean))];
  if (names.length < 2) return;
  const picker = document.createElement("select");
  picker.id = "road";
  picker.append(new Option(box.dataset.wordAll, ""), ...names.map((name) => new Option(name, name)));
  const label = Object.assign(document.createElement("label"), { htmlFor: "road", textContent: box.dataset.wordRoad });
  const line = Object.assign(document.createElement("div"), { className: "field" });
  line.append(label, picker);
  box.prepend(line);
  picker.addEventListener("change", () => {
    const before = select.value;
    // Not hidden but taken out: not every phone hides an option.
    const fitting = every.filter((option) => !option.value || !picker.value || option.dataset.road === picker.value);
    select.replaceChildren(...fitting);
    select.value = fitting.some(({ value }) => value === before) ? before : fitting.length === 2 ? fitting[1].value : "";
    // A road chosen by hand stays, whatever position comes later.
    select.dataset.chosen = picker.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
