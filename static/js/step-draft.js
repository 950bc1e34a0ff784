// A step that is begun on a form, or mended, is kept on the phone as it grows, with its photos: a phone that ends the page,
// as many do while the camera is open, loses nothing. Whoever opens the order again finds it in its form.
import { DRAFT_MS, dropDraft, keepDraft, quietly } from "./records.js";
import { fill, orderOf, ours, recordOf, touched, verbOf } from "./step-form.js";
import { all } from "./store.js";

export const begin = (form, person) => quietly(keepDraft(recordOf(form, person)));
// A form that was emptied again is no draft.
export const grown = (form, person) => (touched(form) ? begin(form, person) : quietly(dropDraft(form.dataset.record ?? "")));

// Keeps what is typed on the forms under an element, once what was begun before is back in them.
export function watchForms(root, person, restored) {
  const later = new Map();
  const keep = (form) => {
    clearTimeout(later.get(form));
    later.delete(form);
    return restored.then(() => grown(form, person));
  };
  for (const name of ["input", "change", "click"]) {
    root.addEventListener(name, ({ target, type, isTrusted }) => {
      const form = target.closest("form");
      // A tap counts where it writes words; a photo is kept by who takes it.
      if (!isTrusted || !form || !ours(form) || target.type === "file" || (type === "click" && !target.closest("[data-chips] button"))) return;
      clearTimeout(later.get(form));
      later.set(form, setTimeout(() => keep(form), DRAFT_MS));
    });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) for (const form of later.keys()) keep(form); });
  return (form) => { clearTimeout(later.get(form)); later.delete(form); };
}

// Puts this person's drafts back into their forms on this page, the one that is asked for first, then the newest. Gives
// those that no form on the page is for.
export async function restore(person, asked) {
  const drafts = (await all("records")).filter((row) => row.kind === "step" && row.state === "draft" && row.person === person);
  drafts.sort((a, b) => (b.id === asked) - (a.id === asked) || b.at - a.at);
  const forms = [...document.querySelectorAll("form")].filter(ours);
  const lost = [];
  for (const draft of drafts) {
    const its = forms.filter((form) => orderOf(form).order === draft.fields.order && verbOf(form) === draft.fields.verb);
    if (!its.length) lost.push(draft);
    const free = its.find((form) => !form.dataset.record);
    if (!free) continue;
    const details = free.closest("details:not([open])");
    // Open by itself: nobody has a hand in it yet.
    if (details) Object.assign(details, { open: true }).dataset.idle = "";
    await fill(free, draft);
  }
  return lost;
}
