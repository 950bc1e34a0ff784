// On the filing form: a round that is under way on this phone is named, and the filing carries it.
import { all } from "./store.js";

export default async function roundLink(line) {
  const field = document.querySelector("[name=round_client_id]");
  const person = Number(document.body.dataset.person ?? localStorage.getItem("person"));
  if (!field || !globalThis.indexedDB) return;
  const record = (await all("records").catch(() => [])).find((row) => row.kind === "round" && row.open && row.person === person);
  if (record) field.value = record.id;
  line.hidden = !field.value;
  if (record) line.querySelector("b").textContent = record.receipt?.number ?? record.number;
}
