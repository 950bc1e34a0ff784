// The rescue files: all that waits on this phone as one ZIP or several, made without network, for a supervisor to bring in
// at the desk. A record lies whole in one file, and only one record's photos are looked at at a time.
import { china } from "./dates.js";
import { allPhotosOf, hex, whole } from "./records.js";
import { all, get } from "./store.js";
import zip from "./zip.js";

const FORMAT = 2;
const bytes = (text) => new TextEncoder().encode(text);

// What is not on the server: what a sent record left out is not; so all its photos are told of.
const here = (record) => record && (record.state !== "sent" || record.left);

// What the phone says of one record; its photos lie beside it by their SHA-256, with the hour that making them smaller took
// out of them. An addition tells the form behind it: the defect may be closed by now.
const jsonOf = (record, photos) => JSON.stringify({
  id: record.id, kind: record.kind ?? "filing", person: record.person, at: new Date(record.at).toISOString(),
  number: record.number ?? "", title: record.title ?? "", state: record.state, fields: record.fields, form: record.form,
  photos: photos.filter(({ out }) => !out).map(({ sha256 }) => sha256), out: photos.filter(({ out }) => out).map(({ sha256 }) => sha256),
  taken: Object.fromEntries(photos.filter(({ taken }) => taken).map(({ sha256, taken }) => [sha256, new Date(taken).toISOString()])),
});

// The seal of the person who did it, by the key that came with their pack; without one the supervisor is asked.
const sealOf = async (person, text) => {
  const key = (await get("pack", `seal:${person}`))?.key;
  return key ? hex(await crypto.subtle.sign("HMAC", key, bytes(text))) : "";
};

const weight = (record, photos) => {
  const list = bytes(JSON.stringify(jsonOf(record, photos))).length + 100;
  return { records: 1, photos: photos.length, list, bytes: photos.reduce((sum, { blob }) => sum + (blob?.size ?? 0), list) };
};

// Which records go into which file, in the order in which they were done; `most` is how far a file is filled, and a record
// that is larger has one of its own; `wanted`: only some of them. The same records make the same rescue, however often it is asked for.
export async function plan(most, wanted = here) {
  const records = (await all("records")).filter(wanted).sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0) || a.at - b.at);
  const parts = [];
  let full = null;
  for (const record of records) {
    const more = weight(record, await allPhotosOf(record.id));
    if (!full || Object.keys(most).some((what) => full[what] + more[what] > most[what])) {
      full = { records: 0, photos: 0, list: 0, bytes: 0 };
      parts.push([]);
    }
    for (const what of Object.keys(full)) full[what] += more[what];
    parts.at(-1).push(record.id);
  }
  return { parts, rescue: hex(await crypto.subtle.digest("SHA-256", bytes(JSON.stringify(parts)))), at: new Date() };
}

// Gives the File of part `n`, from 1 on; what went to the server meanwhile is left out.
export async function make({ parts, rescue, at }, n) {
  const rows = [];
  const photos = new Map();
  for (const id of parts[n - 1]) {
    // In this order: a record and its photos go in one transaction, and one that is gone is seen to be.
    const shown = await allPhotosOf(id);
    const record = await get("records", id);
    if (!here(record)) continue;
    // What this phone cannot read any more is lacking in the file, and holds up no other record.
    for (const photo of shown) if (!photos.has(photo.sha256) && await whole(photo)) photos.set(photo.sha256, photo.blob);
    const text = jsonOf(record, shown);
    rows.push({ text, seal: await sealOf(record.person, text) });
  }
  const list = { format: "roadworks-rescue", version: FORMAT, contract: 1, made_at: at.toISOString(), rescue, part: n, parts: parts.length, records: rows };
  const entries = [{ name: "records.json", blob: new Blob([JSON.stringify(list)], { type: "application/json" }) }];
  for (const [sha256, blob] of photos) entries.push({ name: `photos/${sha256}`, blob });
  const day = china(at).slice(0, 16).replace(/[-:]/g, "").replace("T", "-");
  const name = `roadworks-rescue-${day}${parts.length > 1 ? `-${n}of${parts.length}` : ""}.zip`;
  return new File([await zip(entries, at)], name, { type: "application/zip" });
}
