// What a form says, and what its scripts ask of each other before it goes: alike for all that goes into the queue.
const OWN = /^(csrf_token|photo_ids|photos|version|client_id)$/;

// The record that a page is opened for: to be mended, or gone on with. What is begun later goes into the address, too.
const asked = new URLSearchParams(location.search).get("record");
export const askedRecord = () => asked;

// What was typed and chosen, by name; `own` are the fields that the page keeps for itself.
export const fieldsOf = (form, own = OWN) => Object.fromEntries([...new FormData(form)].filter(([name, value]) => !own.test(name) && typeof value === "string"));

// What the scripts of a form answer to a question that it is asked.
const answers = (form, question) => {
  const detail = [];
  form.dispatchEvent(new CustomEvent(question, { detail }));
  return Promise.all(detail);
};

// Waits until what is being taken and looked for is in the form.
export const settled = (form) => answers(form, "settle");

// Whether something like it is open here, about which the person is asked before it goes (duplicates.js).
export const alike = async (form) => (await answers(form, "alike")).some(Boolean);

// Where somebody was when they pressed Send.
let from = null;

// While a form is being sent no photo is taken into it, which would go nowhere.
export const still = (form, yes) => {
  if (yes) from = document.activeElement;
  for (const place of form.querySelectorAll(".camera, .thumbs")) place.inert = yes;
};

// Takes a person to what is told late; not out of another field, which they have gone on to since.
export const lead = (form, place) => {
  const at = document.activeElement;
  if (at === from || at.form !== form || !at.type.startsWith("text")) place.focus();
};

// What is nowhere else is taken away only at the second tap, when the button says so.
export const sure = (button) => {
  if (!button.childElementCount) return true;
  button.textContent = button.textContent.trim();
  return false;
};

// What a filing says: in its fields, and in words what it is and on which section, as its card tells it.
export function saidOf(form) {
  const title = form.querySelector("input[name=type_code]:checked")?.closest("label").querySelector("span").textContent.trim() ?? "";
  const section = form.elements.namedItem("section_id");
  return { title, where: section.value && section.selectedOptions[0].textContent.trim(), fields: fieldsOf(form) };
}
