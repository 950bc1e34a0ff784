// What a form says, and what its scripts ask of each other before it goes: alike for all that goes into the queue.
const OWN = /^(csrf_token|photo_ids|photos|version|client_id)$/;

// The record that a page is opened for: to be mended, or gone on with.
export const askedRecord = () => new URLSearchParams(location.search).get("record");

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

// While a form is being sent no photo is taken into it, which would go nowhere.
export const still = (form, yes) => { for (const place of form.querySelectorAll(".camera, .thumbs")) place.inert = yes; };

// What is nowhere else is taken away only at the second tap, when the button says so.
export const sure = (button) => {
  if (!button.childElementCount) return true;
  button.textContent = button.textContent.trim();
  return false;
};

// The distress type that was chosen, in words.
export const titleOf = (form) => form.querySelector("input[name=type_code]:checked")?.closest("label").querySelector("span").textContent.trim() ?? "";
