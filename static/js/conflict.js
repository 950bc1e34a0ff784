// A step that no longer fits: what was done and how the order stands now, and what to do with it. Nothing goes by itself.
// A step that was only begun has the order as this phone knows it, in a word.
import { day, stamp } from "./dates.js";
import { threadOf } from "./orders-pack.js";
import { attempt } from "./queue.js";
import { enqueue, forget, photosOf, tell } from "./records.js";
import { change, get } from "./store.js";

export default async function conflict(box, item, record, word) {
  const words = box.dataset;
  const choice = box.querySelector("template[data-moved]").content.firstElementChild.cloneNode(true);
  const button = (name) => choice.querySelector(`[data-${name}]`);
  const { now, changed, again, missing_facts: lacking = [] } = record.conflict ?? {};
  const photos = await photosOf(record.id);
  const { fields } = record;
  const typed = Object.entries(fields).filter(([name, value]) => value && /^(m2?-\d+|note|reason)$/.test(name));
  const unit = (name) => (name.startsWith("m2") ? "\u00a0m²" : name.startsWith("m-") ? "\u00a0m" : "");
  const mine = [record.title, stamp(fields.at), ...typed.map(([name, value]) => value + unit(name)), photos.length ? (photos.length === 1 ? words.onePhoto : words.photos).replace("#", photos.length) : ""];
  choice.querySelector("[data-yours]").textContent = mine.filter(Boolean).join(" · ");
  const begun = record.state === "draft";
  const known = begun ? word || words.notYours : Object.values(record.faults ?? {}).flat().join(" ");
  const stands = now?.until ? `${words.suspended} ${day(now.until)}` : now?.word;
  const theirs = now ? [stands, now.crew, `${changed.by} ${changed.did}`, stamp(changed.at), changed.reason, ...lacking] : [known];
  choice.querySelector("[data-theirs]").textContent = theirs.filter(Boolean).join(" · ");

  const send = async (more) => {
    // What was typed elsewhere since this was drawn goes too.
    const said = (await get("records", record.id))?.fields ?? fields;
    const values = { state: "waiting", tries: 0, next: 0, why: null, conflict: null, faults: null, fields: { ...said, ...more } };
    if (begun) await enqueue({ ...record, ...values, thread: threadOf(fields.order, record.person) });
    else await change("records", record.id, values);
    await attempt(record.id);
    tell(record);
  };
  button("again").hidden = !again;
  button("again").addEventListener("click", () => send({ seen: String(now.version), after: "" }));
  button("note").addEventListener("click", () => send({ as_remark: "1" }));
  button("drop").addEventListener("click", () => {
    button("sure").hidden = false;
    button("drop").hidden = true;
    button("sure").focus();
  });
  button("sure").addEventListener("click", async () => {
    await forget(record.id);
    tell(record);
  });
  item.append(choice);
}
