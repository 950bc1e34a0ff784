// "It is this one": the photos and the note of the form go to a defect that is there already.
import { inAddress, numberOf } from "./draft.js";
import { saidOf, settled, still } from "./form.js";
import { able, me } from "./person.js";
import { attempt } from "./queue.js";
import { enqueue, photosOf, unkept } from "./records.js";
import { get } from "./store.js";

export default async function thisOne(box, card, defect) {
  const form = box.closest("form");
  const words = box.dataset;
  const id = form.elements.namedItem("client_id").value;
  const [button, send] = [card, form.querySelector(".sendbar")].map((place) => place.querySelector("button"));
  const labels = [button, send].map((one) => [...one.childNodes]);
  // Meanwhile neither the form is sent nor another one chosen.
  const enable = (yes) => {
    for (const one of [send, ...box.querySelectorAll("button")]) one.disabled = !yes;
    still(form, !yes);
  };
  const free = () => { enable(true); [button, send].forEach((one, place) => one.replaceChildren(...labels[place])); };
  const say = (text) => {
    const line = card.querySelector("[data-said]");
    line.textContent = text;
    line.hidden = !text;
  };

  if (button.disabled) return;
  enable(false);
  // Where the browser keeps nothing, the form goes to the server, which adds the photos.
  if (!(await able())) {
    enable(true);
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "add_to", value: defect.id }));
    (await import("./plain.js")).default(form);
    return;
  }
  button.textContent = form.dataset.wordSending;
  // Photos that are still being made smaller belong to it, too.
  await settled(form);
  if (!(await photosOf(id)).length) {
    free();
    say(words.needPhoto);
    form.querySelector("#photos").focus();
    return;
  }
  const at = Date.now();
  // The whole form is kept beside it: where the defect is closed meanwhile, it can be filed as a new one.
  const { fields: whole, where } = saidOf(form);
  const fields = { defect: defect.id, note: whole.note ?? "" };
  const title = `${words.wordAdded} ${defect.number} · ${defect.type}`;
  try {
    await enqueue({ id, kind: "addition", person: me(), at, number: numberOf(form), fields, form: whole, where, title });
  } catch (fault) {
    free();
    say(unkept(form.dataset, fault));
    return;
  }
  inAddress("");
  await attempt(id);
  const record = await get("records", id);
  if (record?.state === "sent") location.assign(record.receipt.url);
  else if (record?.state === "refused") {
    free();
    button.remove();
    say(`${Object.values(record.faults).flat().join(" ")} ${words.wordAsNew}`);
  } else location.assign(words.queue);
}
