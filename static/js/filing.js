// Filing in the street: every photo is kept on the phone at the shutter, the filing goes into the queue, and the queue
// sends it now or when the network is back. Where a browser cannot keep anything, the form is sent as a plain form.
import { numberOf, watch as keepTyped } from "./draft.js";
import { alike, askedRecord, saidOf, settled, still } from "./form.js";
import { fill as sections } from "./habit.js";
import { able, me } from "./person.js";
import { attempt } from "./queue.js";
import { clientId, enqueue, photosOf, unkept, watch } from "./records.js";
import shots from "./shots.js";
import { get } from "./store.js";

// Puts what was kept back into the form.
async function restore(form, record, show) {
  numberOf(form, record.number);
  // What was typed or chosen before this script was there stays.
  const typed = new Set([...form.elements].filter((one) => one.matches(":checked:not(:default)") || ("defaultValue" in one && one.value !== one.defaultValue)).map(({ name }) => name));
  for (const [name, value] of Object.entries(record.form ?? record.fields)) {
    const input = form.elements.namedItem(name);
    if (!input || typed.has(name)) continue;
    input.value = value;
    if (!(input instanceof RadioNodeList)) input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const photo of await photosOf(record.id)) show(photo);
  if (record.faults) {
    const { lacking, showFaults } = await import("./faults.js");
    showFaults(form, record.faults, lacking);
  }
  form.dispatchEvent(new Event("change"));
}

export default async function filing(form) {
  const field = (name) => form.elements.namedItem(name);
  const asked = askedRecord();
  // What the server already holds a part of goes on as a plain form.
  const there = field("photo_ids").value || form.querySelector("#twins");
  if (!there) field("client_id").value = asked ?? clientId();
  if (!(await able())) return import("./plain.js").then(({ only }) => only(form));
  if (there) return null;

  const words = form.dataset;
  const button = form.querySelector(".sendbar button");
  const person = me();
  const smaller = form.querySelector("[data-smaller]");
  if (smaller) smaller.hidden = false;
  const id = () => field("client_id").value;
  if (!field("found_at").value) field("found_at").value = new Date().toISOString();

  const line = form.querySelector("[data-shots-said]");
  const say = (text) => { line.textContent = text; line.hidden = !text; };
  const { kept, show } = shots(form, say, () => filled);

  // Who takes the photos elsewhere waits until the last is kept.
  form.addEventListener("settle", (event) => event.detail.push(kept()));

  // What another tab has sent is not sent over: what is here goes on as something new.
  const renew = async (record) => (await import("./already-sent.js")).default(form, record, kept, show);

  const fill = async () => {
    await sections(field("section_id"));
    const record = asked ? await get("records", asked) : null;
    if (record?.state === "sent" && record.person === person) return record;
    // What somebody else made is theirs to go on with.
    if (record && record.person !== person) location.replace(words.queue);
    else if (record) await restore(form, record, show);
    // What was cleared may be on the server: nothing new goes under its id.
    else if (asked) field("client_id").value = clientId();
    return null;
  };
  const filled = fill();
  keepTyped(form, filled);
  const before = await filled;
  if (before) await renew(before);

  const changed = (event) => { if ((event.detail ?? event.data) === id()) progress(); };
  const progress = async () => {
    const record = await get("records", id());
    // Whichever tab's queue sent it: not who stands before this form.
    if (record?.state === "sent" && !button.disabled) await renew(record);
    else if (record?.state === "sending" && record.step && button.disabled) button.textContent = `${words.wordSending} ${words.wordPhoto} ${record.step[0]}/${record.step[1]}`;
  };
  watch(changed);

  // Gives whether the page is left.
  const send = async () => {
    await settled(form);
    button.textContent = words.wordSending;
    const now = await get("records", id());
    if (now?.state === "sent") return renew(now);
    // What is lacking is told here where that script can be had; else the server says so.
    const { lacking, showFaults } = await import("./faults.js").catch(() => ({}));
    if (showFaults?.(form, lacking(form), lacking)) return false;
    if (await alike(form)) return false;
    const said = saidOf(form);
    const at = Date.now();
    try {
      await enqueue({ id: id(), person, at, number: numberOf(form), ...said });
      form.dispatchEvent(new CustomEvent("filing-kept", { detail: said.fields }));
    } catch (fault) {
      // The phone keeps nothing more: send it the plain way, where there is one and no photo lies on the phone only.
      say(unkept(words, fault));
      if (navigator.onLine && !(await photosOf(id())).length) await import("./plain.js").then((module) => module.default(form)).catch(() => {});
      return false;
    }
    await attempt(id());
    await kept();
    const record = await get("records", id());
    if (record?.state === "refused" && showFaults?.(form, record.faults, lacking)) return false;
    // What was taken while it was sent is not left behind.
    if (record?.state === "sent" && (await photosOf(id())).length) return renew(record);
    // One that is gone was sent, and cleared in another tab.
    location.assign(record?.state === "sent" ? record.receipt.filed : words.queue);
    return true;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const label = [...button.childNodes];
    still(form, button.disabled = true);
    button.textContent = field("section_id").value ? words.wordSending : words.wordFinding;
    if (await send().catch((fault) => say(unkept(words, fault)))) return;
    still(form, button.disabled = false);
    button.replaceChildren(...label);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  return null;
}
