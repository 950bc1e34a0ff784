// The rescue file: all that waits on this phone as one ZIP, made without network, for a supervisor to bring in at the desk.
import { all } from "./store.js";
import zip from "./zip.js";

const FORMAT = 1;
const two = (n) => String(n).padStart(2, "0");

// What the phone says of one record; its photos lie beside it by their SHA-256.
const told = (record, photos) => ({
  id: record.id, kind: record.kind ?? "filing", person: record.person, at: new Date(record.at).toISOString(),
  number: record.number ?? "", title: record.title ?? "", state: record.state, fields: record.fields,
  photos: photos.filter((photo) => photo.record === record.id).map((photo) => photo.sha256),
});

// Gives a File with all records that are not yet safe on the server, and their photos; null where there is none.
export default async function rescue() {
  const records = (await all("records")).filter((record) => record.state !== "sent").sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0) || a.at - b.at);
  if (!records.length) return null;
  const kept = await all("photos");
  const now = new Date();
  const whole = { format: "roadworks-rescue", version: FORMAT, contract: 1, made_at: now.toISOString(), records: records.map((record) => told(record, kept)) };
  const shown = new Set(whole.records.flatMap((record) => record.photos));
  const photos = new Map(kept.filter((photo) => shown.has(photo.sha256)).map((photo) => [photo.sha256, photo.blob]));
  const entries = [{ name: "records.json", blob: new Blob([JSON.stringify(whole, null, 1)], { type: "application/json" }) }];
  for (const [sha256, blob] of photos) entries.push({ name: `photos/${sha256}`, blob });
  const name = `roadworks-rescue-${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}.zip`;
  return new File([await zip(entries)], name, { type: "application/zip" });
}
