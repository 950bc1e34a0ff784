// A form that is not sent yet is kept on the phone as it grows, with its photos: a phone that ends the page, as many do
// while the camera is open, loses nothing. The page of the queue leads back to it.
import { askedRecord, saidOf } from "./form.js";
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

// The address names what is begun here until it is sent: whoever comes back to this page, by Back and Forward or in the other
// language, goes on with it, and in no other tab.
export function inAddress(id) {
  const address = location.pathname + (id && `?record=${id}`);
  if (address !== location.pathname + location.search) history.replaceState(history.state, "", address);
  const back = document.querySelector(".me [name=next]");
  if (back) back.value = address;
}

export const begin = (form) => {
  inAddress(idOf(form));
  return keepDraft({ id: idOf(form), kind: "filing", person: me(), at: Date.now(), number: numberOf(form), ...saidOf(form) });
};

// Keeps what is typed, once what was kept of it before is back in the form.
export function watch(form, restored) {
  if (askedRecord()) inAddress(askedRecord());
  let later;
  // The filing that somebody did something about here, and no other: not what it goes on as where it was sent meanwhile.
  let of = "";
  const keep = () => quietly(restored.then(() => of === idOf(form) && begin(form)));
  // Only what a person did begins a draft: fields that fill themselves do not, nor does leaving one ("change").
  for (const name of ["input", "click"]) {
    form.addEventListener(name, (event) => {
      // A tap counts where it sets a size.
      if (!event.isTrusted || (name === "click" && !event.target.closest("[data-size] button"))) return;
      of = idOf(form);
      clearTimeout(later);
      later = setTimeout(keep, DRAFT_MS);
    });
  }
  form.addEventListener("submit", () => clearTimeout(later));
  form.addEventListener("filing-kept", () => inAddress(of = ""));
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
}

export default async function draft(box) {
  const form = box.closest("form");
  const person = me();
  if (!(await able()) || form.elements.namedItem("photo_ids").value || form.querySelector("#twins")) return;
  const unfinished = (await all("records").catch(() => [])).filter((record) => record.state === "draft" && record.kind === "filing" && record.person === person && ![idOf(form), askedRecord()].includes(record.id));
  box.hidden = unfinished.length === 0;
}
