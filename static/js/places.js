// The photo's place, the place now, the place in the photo's own data: where they differ, which of them counts is asked.
import { apart, written } from "./metres.js";

const ORDER = ["shot", "exif", "now"];

export default function places(box, words, use) {
  const names = { shot: words.wordShot, exif: words.wordExif, now: words.wordNow };
  let drawn = "";

  const chip = (name, place, used) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "chip" });
    made.textContent = place.accuracy ? `${names[name]} · ±${written(place.accuracy)}` : names[name];
    made.dataset.place = name;
    made.setAttribute("aria-pressed", String(name === used.source));
    made.addEventListener("click", () => {
      use(place, name);
      box.querySelector(`[data-place=${name}]`)?.focus();
    });
    return made;
  };

  return (used, far, known) => {
    box.hidden = !far.length || !names[used.source];
    if (box.hidden) { drawn = ""; return; }
    const metres = apart(used, known[far[0]]);
    // Drawn anew only when it says something new: a finger may be on it.
    const key = `${used.source} ${far} ${Math.round(metres / 5)}`;
    if (key === drawn) return;
    drawn = key;
    box.querySelector("[data-say]").textContent = words.wordWhich.replace("{}", written(metres));
    box.querySelector(".chips").replaceChildren(
      ...ORDER.filter((name) => name === used.source || far.includes(name)).map((name) => chip(name, name === used.source ? used : known[name], used)),
    );
  };
}
