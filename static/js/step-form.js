// A form of a step on an order: which step it is, which photos it holds, what it says, and how a record is put into it.
import { fieldsOf } from "./form.js";
import { clientId, photosOf } from "./records.js";
import { change, remove } from "./store.js";

const VERBS = new Set(["accept", "start", "make_safe", "finish", "hand_back", "pass", "fail"]);
const OWN = /^(csrf_token|version|next|(photos|sure).*)$/;

export const verbOf = (form) => form.dataset.verb ?? new URL(form.action, location).pathname.split("/").pop().replaceAll("-", "_");
export const orderOf = (form) => form.closest("[data-order]")?.dataset;
export const ours = (form) => form.method !== "get" && orderOf(form) && VERBS.has(verbOf(form)) && !form.querySelector("input[name^=kept-]");

// The photos of a form by the name of their field.
const photos = new WeakMap();
export const taken = (form, name) => photos.get(form)?.[name] ?? [];
// Whether one of a field was taken into another one too: a photo stands for one defect.
export const twice = ({ form, name }) => Object.entries(photos.get(form) ?? {}).some(([other, shown]) => other !== name && shown.some((sha256) => taken(form, name).includes(sha256)));
const placeOf = (input) => input.closest(".field, form");

// Whether anything was typed or taken that the page did not bring itself.
export const touched = (form) => Object.keys(photos.get(form) ?? {}).length > 0
  || [...form.elements].some(({ name, type, value, defaultValue }) => name && !["hidden", "file"].includes(type) && defaultValue !== undefined && value !== defaultValue);

// The record that a form makes; `after` is the step on the same order before it.
export function recordOf(form, person, after = "") {
  const { order, number, version } = orderOf(form);
  const at = Date.now();
  const fields = fieldsOf(form, OWN);
  for (const [name, shown] of Object.entries(photos.get(form) ?? {})) if (name !== "photos") fields[name] = shown.join(" ");
  Object.assign(fields, { order, verb: verbOf(form), seen: version, after, at: new Date(at).toISOString() });
  form.dataset.record ??= clientId();
  form.dataset.title ??= form.querySelector("button:not([type=button])").textContent.trim();
  return { id: form.dataset.record, kind: "step", person, at, number, title: form.dataset.title, fields };
}

export function showPhoto(form, name, sha256, blob) {
  const shown = photos.get(form) ?? {};
  // The same photo once more is the same.
  if (shown[name]?.includes(sha256)) return;
  photos.set(form, { ...shown, [name]: [...(shown[name] ?? []), sha256] });
  const input = form.querySelector(`input[type=file][name="${name}"]`);
  if (!input) return;
  const box = document.querySelector("template[data-thumb]").content.firstElementChild.cloneNode(true);
  Object.assign(box.dataset, { sha: sha256, field: name });
  box.querySelector("img").src = URL.createObjectURL(blob);
  placeOf(input).querySelector(".thumbs").append(box);
}

// Says something at a field of photos; beside the photo before the work stands the last that is held, and no other.
export function tellShots(input, text) {
  const line = placeOf(input).querySelector("[data-shots-said]");
  line.textContent = text;
  line.hidden = !text;
  const beside = placeOf(input).querySelector("[data-taken]:not([hidden])");
  if (!beside) return;
  const last = [...placeOf(input).querySelectorAll("[data-sha] img")].at(-1);
  beside.hidden = !last;
  if (last) beside.querySelector("img").src = last.src;
}

// Takes a photo away again; one that was taken into another field as well is kept for that.
export async function dropPhoto(form, box) {
  const { sha, field } = box.dataset;
  const { [field]: shown = [], ...others } = photos.get(form) ?? {};
  const other = Object.keys(others).find((name) => others[name].includes(sha));
  const key = `${form.dataset.record}:${sha}`;
  await (other ? change("photos", key, { field: other }) : remove("photos", key));
  const left = shown.filter((sha256) => sha256 !== sha);
  photos.set(form, left.length ? { ...others, [field]: left } : others);
  box.remove();
}

// The form holds these photos and no others.
export function keepOnly(form, hashes) {
  const some = Object.entries(photos.get(form) ?? {}).map(([name, shown]) => [name, shown.filter((sha256) => hashes.includes(sha256))]);
  photos.set(form, Object.fromEntries(some.filter(([, shown]) => shown.length)));
}

// Puts a record back into its form, with its photos; what somebody has typed meanwhile stays.
export async function fill(form, record) {
  form.dataset.record = record.id;
  for (const [name, value] of Object.entries(record.fields)) {
    const field = form.elements.namedItem(name);
    if (!field || field.type === "file" || field.value !== field.defaultValue) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const named = Object.entries(record.fields).filter(([name]) => name.startsWith("photos-"));
  for (const { sha256, blob, field } of await photosOf(record.id)) {
    showPhoto(form, field || (named.find(([, value]) => value.includes(sha256))?.[0] ?? "photos"), sha256, blob);
  }
}
