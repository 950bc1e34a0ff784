// A form that is not sent yet is kept on the phone as it grows, with its photos: a phone that ends the page, as many do
// while the camera is open, loses nothing. The page of the queue leads back to it.
import { fieldsOf, titleOf } from "./form.js";
import { able, me } from "./person.js";
import { DRAFT_MS, keepDraft, provisional, quietly } from "./records.js";
import { all } from "./store.js";

const idOf = (form) => form.elements.namedItem("client_id").value;

// The number to talk about: made with the first that is kept, as a rule at the shutter, and from then on the record's own.
let numbered = {};
export function numberOf(form, known) {
  const id = idOf(form);
  if (known || numbered.id !== id) numbered = { id, number: known || provisional(id, Date.now()) };
  const line = form.querySelector("[data-provisional]");
  line.hidden = false;
  line.querySelector("b").textContent = numbered.number;
  return numbered.number;
}

export const begin = (form) => keepDraft({ id: idOf(form), kind: "filing", person: me(), at: Date.now(), number: numberOf(form), title: titleOf(form), fields: fieldsOf(form) });

// Keeps what is typed, once what was kept of it before is back in the form.
export function watch(form, restored) {
  let later;
  const keep = () => quietly(restored.then(() => begin(form)));
  // Only what a person did begins a draft: fields that fill themselves do not.
  for (const name of ["input", "change", "click"]) {
    form.addEventListener(name, (event) => {
      // A tap counts where it sets a size.
      if (!event.isTrusted || (name === "click" && !event.target.closest("[data-size] button"))) return;
      clearTimeout(later);
      later = setTimeout(keep, DRAFT_MS);
    });
  }
  form.addEventListener("submit", () => clearTimeout(later));
  document.addEventListener("visibilitychange", () => { if (document.hidden && later) keep(); });
}

export default async function draft(box) {
  const form = box.closest("form");
  const person = me();
  if (!(await able()) || form.elements.namedItem("photo_ids").value || form.querySelector("#twins")) return;
  const unfinished = (await all("records").catch(() => [])).filter((record) => record.state === "draft" && record.kind === "filing" && record.person === person && record.id !== idOf(form));
  box.hidden = unfinished.length === 0;
}
