// On the filing form: a round that is under way on this phone is named, and the filing carries it.
import { me } from "./said.js";
import { all } from "./store.js";

export default async function roundLink(line) {
  const field = document.querySelector("[name=round_client_id]");
  const person = me();
  if (!field || !globalThis.indexedDB) return;
  const record = (await all("records").catch(() => [])).find((row) => row.kind === "round" && row.open && row.person === person);
  if (record) field.value = record.id;
  line.hidden = !field.value;
  if (record) line.querySelector("b").textContent = record.receipt?.number ?? record.number;
}
