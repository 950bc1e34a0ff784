// A photo that the server does not take: it can be left out, and its record goes without it. It stays on this phone alone.
import { attempt } from "./queue.js";
import { tell } from "./records.js";
import { get, together } from "./store.js";

// In one transaction, so that the record never names a photo that does not go with it.
const leave = (record, sha256) => together(["records", "photos"], "readwrite", (records, photos) => {
  const held = photos.get(record.photo);
  held.onsuccess = () => { if (held.result) photos.put({ ...held.result, out: true }); };
  const row = records.get(record.id);
  row.onsuccess = () => {
    const named = ([name, value]) => [name, name.startsWith("photos-") ? value.split(" ").filter((one) => one !== sha256).join(" ") : value];
    const fields = Object.fromEntries(Object.entries(row.result.fields).map(named));
    records.put({ ...row.result, fields, state: "waiting", tries: 0, next: 0, faults: null, photo: null, left: (row.result.left ?? 0) + 1 });
  };
});

export default async function leaveOut(words, item, record) {
  const photo = await get("photos", record.photo);
  if (!photo || record.kind === "voice") return;
  const image = item.querySelector("img");
  if (image && photo.blob) image.src = URL.createObjectURL(photo.blob);
  const button = item.querySelector("[data-leave]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    // Asked once more: it is nowhere else.
    if (button.textContent !== words.leaveSure) { button.textContent = words.leaveSure; return; }
    button.disabled = true;
    await leave(record, photo.sha256);
    await attempt(record.id);
    tell(record);
  });
}
