// A form that was sent already, by another tab or before it was opened again: it goes on under a new id, with what was
// taken since, and says what became of the one before.
import { numberOf } from "./draft.js";
import { lead, saidOf } from "./form.js";
import { asDraft, clientId } from "./records.js";
import { beginning, together } from "./store.js";

// In one transaction, so that no photo lies on the phone without a record; gives the photos. What was left out stays, and
// so does what was said on the form and has gone with it.
export const moveOn = (old, row) => together(["records", "photos"], "readwrite", (records, photos) => {
  const moved = [];
  const request = photos.getAll(beginning(`${old}:`));
  request.onsuccess = () => {
    for (const photo of request.result.filter(({ out }) => !out)) {
      photos.delete(photo.key);
      photos.put({ ...photo, key: `${row.id}:${photo.sha256}`, record: row.id, sent: false });
      moved.push(photo);
    }
    if (moved.length) records.put(asDraft(row));
  };
  const said = records.getAll();
  said.onsuccess = () => {
    for (const note of said.result.filter(({ kind, state, fields }) => kind === "voice" && state === "draft" && fields.filing === old)) {
      records.put({ ...note, fields: { filing: row.id } });
      records.put(asDraft(row));
    }
  };
  return moved;
});

export default async function alreadySent(form, sent, kept, show) {
  const field = form.elements.namedItem("client_id");
  // It went on already.
  if (field.value !== sent.id) return;
  const id = clientId();
  field.value = id;
  // What is being kept just now is kept under the old one.
  await kept();
  const row = { id, kind: "filing", person: sent.person, at: Date.now(), number: numberOf(form), ...saidOf(form) };
  const photos = await moveOn(sent.id, row);
  form.querySelector("[data-thumbs]").replaceChildren();
  for (const photo of photos.sort((a, b) => a.at - b.at)) show(photo);
  const line = form.querySelector("[data-sent-before]");
  const link = line.querySelector("a");
  link.href = sent.receipt.url;
  link.textContent = sent.receipt.number;
  line.hidden = false;
  lead(form, line);
}
