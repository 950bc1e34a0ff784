// A form sent the plain way, as without script; a page kept on the phone has no token of its own.
import { ask } from "./wire.js";

export default async function plain(form) {
  if (!form.elements.namedItem("csrf_token")) {
    const { said } = await ask("/sync/1/hello");
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token", value: said.token }));
  }
  form.submit();
}

// The form of a phone that keeps nothing, which says so.
export function only(form) {
  form.querySelector("[data-unkept]").hidden = false;
  if (form.elements.namedItem("csrf_token")) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = form.querySelector("[data-shots-said]");
    plain(form).catch(() => Object.assign(line, { textContent: form.dataset.wordUnkept, hidden: false }));
  });
}
