// On the filing form: a round that is under way on this phone is named, and the filing carries it; one that is over is not.
// A form that is gone on with was found when it was begun: it keeps the round that it names, or none.
import { askedRecord } from "./form.js";
import { fill } from "./habit.js";
import { me } from "./person.js";
import { all } from "./store.js";

export default async function roundLink(line) {
  const field = document.querySelector("[name=round_client_id]");
  if (!field || !globalThis.indexedDB) return;
  const rows = await all("records").catch(() => []);
  const rounds = rows.filter(({ kind, person }) => kind === "round" && person === me());
  const tell = () => {
    const named = rounds.find(({ id }) => id === field.value);
    line.hidden = !field.value;
    if (named) line.querySelector("b").textContent = named.receipt?.number ?? named.number;
  };
  await fill(field.form.elements.namedItem("section_id"));
  const asked = askedRecord();
  const under = rounds.find(({ open }) => open);
  if (!rows.some(({ id }) => id === asked)) {
    if (under) field.value = under.id;
    else if (rounds.some(({ id }) => id === field.value)) field.value = "";
  }
  // The form says so when it is filled again.
  field.form.addEventListener("change", ({ target }) => { if (target === field.form) tell(); });
  tell();
}
