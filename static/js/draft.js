// A form that is not sent yet is kept on the phone as it grows, with its photos: a phone that ends the page, as many do
// while the camera is open, loses nothing. The page of the queue leads back to it.
import { keepDraft } from "./queue.js";
import { fieldsOf, me, titleOf } from "./said.js";
import { all } from "./store.js";

const PAUSE_MS = 300;

export default async function draft(box) {
  const form = box.closest("form");
  const id = () => form.elements.namedItem("client_id").value;
  const person = me();
  if (!globalThis.indexedDB || !person || form.elements.namedItem("photo_ids").value || form.querySelector("#twins")) return;

  let later;
  const keep = () => {
    const fields = fieldsOf(form);
    const title = titleOf(form);
    return keepDraft({ id: id(), kind: "filing", person, at: Date.now(), number: "", title, fields }).catch((fault) => console.info("no draft:", fault.message));
  };
  // Only what a person did begins a draft: fields that fill themselves do not.
  for (const name of ["input", "change", "click"]) {
    form.addEventListener(name, (event) => {
      // A tap counts where it sets a size.
      if (!event.isTrusted || (name === "click" && !event.target.closest("[data-size] button"))) return;
      clearTimeout(later);
      later = setTimeout(keep, PAUSE_MS);
    });
  }
  form.addEventListener("submit", () => clearTimeout(later));
  document.addEventListener("visibilitychange", () => { if (document.hidden && later) keep(); });

  const unfinished = (await all("records").catch(() => [])).filter((record) => record.state === "draft" && record.kind === "filing" && record.person === person && record.id !== id());
  box.hidden = unfinished.length === 0;
}
