// Steps on an order go through the queue, with network and without: photos are kept at the shutter, the step is kept when
// its button is pressed. Where a browser cannot keep anything, forms are sent as plain forms.
import { clientId, enqueue, keepPhoto, run } from "./queue.js";
import { fieldsOf, me } from "./said.js";
import { all, get } from "./store.js";
import { showFaults } from "./faults.js";
import shrink from "./shrink.js";

const VERBS = new Set(["accept", "start", "make_safe", "finish", "hand_back", "pass", "fail"]);
const OWN = /^(csrf_token|version|next|photos.*)$/;

export const verbOf = (form) => form.dataset.verb ?? new URL(form.action, location).pathname.split("/").pop().replaceAll("-", "_");

// The photos of a form by the name of their field.
const taken = new WeakMap();
const keeping = new WeakMap();

export function showPhoto(form, name, sha256, blob, word) {
  const photos = taken.get(form) ?? {};
  // The field still holds what was taken before: a photo is told by its content.
  if (photos[name]?.includes(sha256)) return;
  taken.set(form, { ...photos, [name]: [...(photos[name] ?? []), sha256] });
  const image = document.createElement("img");
  image.src = URL.createObjectURL(blob);
  image.alt = word;
  const input = form.querySelector(`input[type=file][name="${name}"]`);
  input?.closest(".field, form").querySelector(".thumbs").append(image);
}

const tellFaults = (form, head, faults) => {
  form.dataset.wordCheck = head;
  showFaults(form, faults);
};

export default function steps(root) {
  const words = root.dataset;
  const person = me();
  if (!globalThis.indexedDB || !globalThis.crypto?.subtle || !person) return;
  const orderOf = (form) => form.closest("[data-order]")?.dataset;
  const ours = (form) => form.method !== "get" && orderOf(form) && VERBS.has(verbOf(form)) && !form.querySelector("input[name^=kept-]");

  const take = (input) => {
    const form = input.form;
    if (input.type !== "file" || !input.files.length || !ours(form)) return;
    form.dataset.record ??= clientId();
    const files = [...input.files];
    keeping.set(form, (keeping.get(form) ?? Promise.resolve()).then(async () => {
      for (const file of files) {
        const blob = await shrink(file);
        showPhoto(form, input.name, await keepPhoto(form.dataset.record, blob), blob, words.wordPhoto);
      }
    }).catch(() => tellFaults(form, words.wordCheck, { [input.name]: [words.wordFull] })));
  };
  root.addEventListener("change", (event) => take(event.target));
  // A photo may have been taken before this script was there.
  for (const input of root.querySelectorAll("input[type=file]")) take(input);

  const lacking = (form) => {
    const faults = {};
    for (const field of form.querySelectorAll("[data-need]")) {
      const has = field.type === "file" ? taken.get(form)?.[field.name]?.length : field.value.trim();
      if (!has) faults[field.name] = [field.dataset.need];
    }
    return faults;
  };

  const record = async (form, button) => {
    const { order, number, version } = orderOf(form);
    const id = (form.dataset.record ??= clientId());
    const thread = `order:${order}:${person}`;
    const last = (await all("records")).filter((row) => row.thread === thread && row.id !== id).sort((a, b) => a.turn - b.turn).at(-1);
    const at = Date.now();
    const fields = fieldsOf(form, OWN);
    for (const [name, photos] of Object.entries(taken.get(form) ?? {})) if (name !== "photos") fields[name] = photos.join(" ");
    Object.assign(fields, { order, verb: verbOf(form), seen: version, after: last?.id ?? "", at: new Date(at).toISOString() });
    return { id, kind: "step", thread, person, at, number, title: button.textContent.trim(), fields };
  };

  const went = async (form, id) => {
    const { state, faults, receipt, number } = await get("records", id);
    if (state === "refused") return tellFaults(form, words.wordCheck, faults);
    root.dispatchEvent(new CustomEvent("step-kept", { bubbles: true }));
    const told = state === "sent" ? receipt.told : words.wordKept;
    sessionStorage.setItem("told", `${number}: ${told}`);
    const next = form.elements.namedItem("next")?.value;
    if (state === "conflict") location.assign(words.queue);
    else if (state === "sent") location.assign(words.stay ?? next ?? receipt.url);
    else location.assign(words.stay ?? words.alone);
    return null;
  };

  root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!ours(form)) return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    if (button.disabled) return;
    // One step at a time: a press on the next one while this page is about to go would be lost.
    const buttons = [...root.querySelectorAll("form button")].filter((other) => ours(other.form) && !other.disabled);
    for (const other of buttons) other.disabled = true;
    const label = [...button.childNodes];
    const row = await record(form, button);
    button.textContent = words.wordSending;
    await keeping.get(form);
    const faults = lacking(form);
    try {
      if (Object.keys(faults).length) tellFaults(form, words.wordCheck, faults);
      else {
        await enqueue({ ...row, ...(await record(form, { textContent: row.title })) });
        await run({ forced: true });
        await went(form, row.id);
      }
    } catch {
      tellFaults(form, words.wordCheck, { "": [words.wordFull] });
    }
    for (const other of buttons) other.disabled = false;
    button.replaceChildren(...label);
  });
}
