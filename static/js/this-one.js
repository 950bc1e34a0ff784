// "It is this one": the photos and the note of the form go to a defect that is there already.
import { numberOf } from "./draft.js";
import { fieldsOf, settled } from "./form.js";
import { me } from "./person.js";
import { attempt } from "./queue.js";
import { enqueue, photosOf, unkept } from "./records.js";
import { get } from "./store.js";

export default async function thisOne(box, card, defect, enable) {
  const form = box.closest("form");
  const words = box.dataset;
  const id = form.elements.namedItem("client_id").value;
  const [button, send] = [card, form.querySelector(".sendbar")].map((place) => place.querySelector("button"));
  const labels = [button, send].map((one) => [...one.childNodes]);
  const free = () => { enable(true); [button, send].forEach((one, place) => one.replaceChildren(...labels[place])); };
  const say = (text) => {
    const line = card.querySelector("[data-said]");
    line.textContent = text;
    line.hidden = !text;
  };

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
  const whole = fieldsOf(form);
  const fields = { defect: defect.id, note: whole.note ?? "" };
  const title = `${words.wordAdded} ${defect.number} · ${defect.type}`;
  try {
    await enqueue({ id, kind: "addition", person: me(), at, number: numberOf(form), fields, form: whole, title });
  } catch (fault) {
    free();
    say(unkept(form.dataset, fault));
    return;
  }
  await attempt(id);
  const record = await get("records", id);
  if (record?.state === "sent") location.assign(record.receipt.url);
  else if (record?.state === "refused") {
    free();
    button.remove();
    say(`${Object.values(record.faults).flat().join(" ")} ${words.wordAsNew}`);
  } else location.assign(words.queue);
}
