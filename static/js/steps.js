// Steps on an order go through the queue, with network and without: photos are kept at the shutter, the step is kept when
// its button is pressed. Where a browser cannot keep anything, forms are sent as plain forms.
import { listed } from "./dates.js";
import { begin, grown, restore, watchForms } from "./step-draft.js";
import { showFaults } from "./faults.js";
import { askedRecord, still, sure } from "./form.js";
import { threadOf } from "./orders-pack.js";
import { able, me } from "./person.js";
import { attempt } from "./queue.js";
import { MOST, enqueue, keepPhoto, photosOf, unkept } from "./records.js";
import shrink from "./shrink.js";
import { dropPhoto, orderOf, ours, recordOf, showPhoto, taken, tellShots, twice } from "./step-form.js";
import { all, get } from "./store.js";

const tellFaults = (form, head, faults) => {
  form.dataset.wordCheck = head;
  showFaults(form, faults);
};

// What this person began on the order of this page, and what no form here is for (any more).
function tellBegun(root, drafts) {
  const { queue, stay, wordBegun, wordSee } = root.dataset;
  if (!drafts.length || stay || document.querySelector("[data-begun]")) return;
  const line = document.createElement("p");
  line.className = "note";
  line.dataset.begun = "";
  const link = document.createElement("a");
  link.href = queue;
  link.textContent = wordSee;
  line.append(`${wordBegun}${listed(drafts.map(({ title }) => title))} `, link);
  root.before(line);
}

// Keeps each photo at the shutter and takes it away again; `settled` gives what is under way of that for a form.
function watchPhotos(root, words, person, restored) {
  const keeping = new WeakMap();
  const settled = (form) => keeping.get(form) ?? restored;
  const next = ({ form, name }, work) => {
    keeping.set(form, settled(form).then(work)
      .catch((fault) => tellFaults(form, words.wordCheck, { [name]: [unkept(words, fault)] })).then(() => grown(form, person)));
  };
  const take = (input) => {
    const { form, name } = input;
    if (input.type !== "file" || !input.files.length || !ours(form)) return;
    const files = [...input.files];
    next(input, async () => {
      // The draft is there before its photo: no photo lies on the phone alone.
      await begin(form, person);
      let said = "";
      for (const file of files) {
        if (taken(form, name).length >= MOST) { said = words.wordMany; break; }
        const blob = await shrink(file);
        showPhoto(form, name, await keepPhoto(form.dataset.record, blob, "photos", name, file.lastModified), blob);
      }
      tellShots(input, said || (twice(input) ? words.wordTwice : ""));
      // What is taken away is not taken once more with the next one.
      input.value = "";
    });
  };
  root.addEventListener("change", (event) => take(event.target));
  root.addEventListener("click", ({ target }) => {
    const drop = target.closest("[data-remove]");
    if (!drop || !sure(drop)) return;
    const box = drop.closest("[data-sha]");
    const input = drop.form.elements.namedItem(box.dataset.field);
    next(input, async () => {
      await dropPhoto(drop.form, box);
      tellShots(input, "");
      input.focus();
    });
  });
  // A photo may have been taken before this script was there.
  for (const input of root.querySelectorAll("input[type=file]")) take(input);
  return settled;
}

function lacking(form, words) {
  const faults = {};
  for (const field of form.querySelectorAll("[data-need], input[type=file]")) {
    const shown = field.type === "file" && taken(form, field.name);
    if (!(shown ? shown.length : field.value.trim()) && field.dataset.need) faults[field.name] = [field.dataset.need];
    if (shown.length > MOST) faults[field.name] = [words.wordMany];
    if (shown && twice(field)) faults[field.name] = [words.wordTwice];
  }
  return faults;
}

// The record of a form, in its place among the steps on its order.
async function inTurn(form, person) {
  const before = form.dataset.record && await get("records", form.dataset.record);
  // Sent by another tab: what this one has besides is a step of its own.
  if (before?.state === "sent") await (await import("./step-already-sent.js")).default(form, before, person);
  const thread = threadOf(orderOf(form).order, person);
  // One that is mended keeps its place: it comes after those before it.
  const turn = before?.state === "sent" ? Infinity : before?.turn ?? Infinity;
  const last = (await all("records")).filter((row) => row.thread === thread && row.turn < turn).sort((a, b) => a.turn - b.turn).at(-1);
  const made = recordOf(form, person, last?.id);
  // Nor was it done when it is mended.
  if (before?.state === "refused") Object.assign(made, { at: before.at, fields: { ...made.fields, at: before.fields.at } });
  return { ...made, thread };
}

// Where a step is told that is kept or sent: at its order's card, or at the one that comes after where it leaves the list.
function near(root, order) {
  const cards = [...root.querySelectorAll("[data-order]")].map((card) => card.dataset.order);
  const at = cards.indexOf(order);
  return [order, ...cards.slice(at + 1), ...cards.slice(0, Math.max(at, 0)).reverse()];
}

async function went(root, words, form, id) {
  // One that is gone was sent, and cleared in another tab.
  const { state, faults, receipt, number, why } = await get("records", id) ?? {};
  if (state === "refused") return tellFaults(form, words.wordCheck, faults);
  root.dispatchEvent(new CustomEvent("step-kept", { bubbles: true }));
  const said = state === "sent" ? receipt.told : why === "signed out" ? words.wordSignedOut : words.wordKept;
  const line = { head: words.wordTold.replace("#", number), said, id: state === "sent" ? "" : id, near: near(root, orderOf(form).order) };
  if (state && state !== "conflict") sessionStorage.setItem("told-step", JSON.stringify(line));
  const next = form.elements.namedItem("next")?.value;
  if (state === "conflict") location.assign(words.queue);
  else if (state === "sent") location.assign(words.stay ?? next ?? receipt.url);
  else location.assign(words.stay ?? words.shell);
  return null;
}

// Keeps and sends what a form says, and goes where that is told; tells at the form what it lacks.
async function enter(root, words, form, person) {
  const faults = lacking(form, words);
  if (Object.keys(faults).length) return tellFaults(form, words.wordCheck, faults);
  const row = await inTurn(form, person);
  await enqueue(row);
  await attempt(row.id);
  // What came in all the same while it was sent is a step that is begun.
  const now = await get("records", row.id);
  if (now?.state === "sent" && (await photosOf(row.id)).length) await (await import("./step-already-sent.js")).default(form, now, person);
  return went(root, words, form, row.id);
}

export default async function steps(root) {
  const words = root.dataset;
  const person = me();
  if (!(await able())) return null;
  const orders = new Set([...document.querySelectorAll("[data-order]")].map((place) => place.dataset.order));
  const restored = restore(person, askedRecord())
    .then((lost) => tellBegun(root, lost.filter(({ fields }) => orders.has(fields.order))))
    .catch((fault) => console.info("no drafts:", fault.message));
  const done = watchForms(root, person, restored);
  const settled = watchPhotos(root, words, person, restored);

  root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!ours(form)) return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button:not([type=button])");
    if (button.disabled) return;
    // One step at a time: a press on the next one while this page is about to go would be lost.
    const buttons = [...root.querySelectorAll("form button")].filter((other) => ours(other.form) && !other.disabled);
    for (const other of buttons) other.disabled = true;
    still(root, true);
    const label = [...button.childNodes];
    form.dataset.title ??= button.textContent.trim();
    button.textContent = words.wordSending;
    await restored;
    await settled(form);
    done(form);
    await enter(root, words, form, person).catch((fault) => tellFaults(form, words.wordCheck, { "": [unkept(words, fault)] }));
    for (const other of buttons) other.disabled = false;
    still(root, false);
    button.replaceChildren(...label);
  });
  return restored;
}
