// A step that no longer fits: what was done and how the order stands now, and what to do with it. Nothing goes by itself.
// A step that was only begun has the order as this phone knows it, in a word. And a filing that is on the server under its
// id and says something else there: what is new here can be added to that one.
import { day, stamp } from "./dates.js";
import { threadOf } from "./orders-pack.js";
import { attempt } from "./queue.js";
import { clientId, enqueue, forget, photosOf, tell } from "./records.js";
import { beginning, change, get, together } from "./store.js";

// In one transaction the filing becomes an addition, so that no photo lies here without its record: new photos go with it,
// what was left out stays with it, and what the server has goes. Another tab may have decided already.
const become = (record, row, fresh) => together(["records", "photos"], "readwrite", (records, photos) => {
  const request = records.get(record.id);
  request.onsuccess = () => {
    if (request.result?.state !== "conflict") return;
    const shown = photos.getAll(beginning(`${record.id}:`));
    shown.onsuccess = () => {
      for (const photo of shown.result) {
        photos.delete(photo.key);
        if (photo.out || fresh.includes(photo.sha256)) photos.put({ ...photo, key: `${row.id}:${photo.sha256}`, record: row.id, sent: false });
      }
    };
    records.delete(record.id);
    records.put({ ...request.result, ...row });
  };
});

export default async function conflict(box, item, record, word) {
  const words = box.dataset;
  const choice = box.querySelector("template[data-moved]").content.firstElementChild.cloneNode(true);
  const button = (name) => choice.querySelector(`[data-${name}]`);
  const { now, changed, again, filed, missing_facts: lacking = [] } = record.conflict ?? {};
  const photos = (await photosOf(record.id)).filter(({ sha256 }) => !filed || filed.fresh.includes(sha256));
  const { fields } = record;
  const says = (side) => filed.differs.map((one) => one.what + document.body.dataset.colon + (one[side] || "–"));
  const typed = Object.entries(fields).filter(([name, value]) => value && /^(m2?-\d+|note|reason)$/.test(name));
  const unit = (name) => (name.startsWith("m2") ? "\u00a0m²" : name.startsWith("m-") ? "\u00a0m" : "");
  const mine = [...(filed ? says("phone") : [record.title, stamp(fields.at), ...typed.map(([name, value]) => value + unit(name))]), photos.length ? (photos.length === 1 ? words.onePhoto : words.photos).replace("#", photos.length) : ""];
  choice.querySelector("[data-yours]").textContent = mine.filter(Boolean).join(" · ");
  const begun = record.state === "draft";
  const known = begun ? word || words.notYours : Object.values(record.faults ?? {}).flat().join(" ");
  const stands = now?.until ? `${words.suspended} ${day(now.until)}` : now?.word;
  const theirs = filed ? [filed.number, ...says("server")] : now ? [stands, now.crew, `${changed.by} ${changed.did}`, stamp(changed.at), changed.reason, ...lacking] : [known];
  choice.querySelector("[data-theirs]").textContent = theirs.filter(Boolean).join(" · ");

  const afresh = { state: "waiting", tries: 0, next: 0, why: null, conflict: null, faults: null };
  const add = async () => {
    const row = { ...afresh, id: clientId(), kind: "addition", title: `${words.added} ${filed.number} · ${record.title}`, fields: { defect: filed.id, note: filed.note }, form: fields };
    await become(record, row, filed.fresh);
    await attempt(row.id);
    tell(row);
  };
  const send = async (more) => {
    // What was typed elsewhere since this was drawn goes too.
    const said = (await get("records", record.id))?.fields ?? fields;
    const values = { ...afresh, fields: { ...said, ...more } };
    if (begun) await enqueue({ ...record, ...values, thread: threadOf(fields.order, record.person) });
    else await change("records", record.id, values);
    await attempt(record.id);
    tell(record);
  };
  button("again").hidden = !again;
  button("again").addEventListener("click", () => send({ seen: String(now.version), after: "" }));
  button("note").addEventListener("click", () => (filed ? add() : send({ as_remark: "1" })));
  if (filed) {
    button("note").textContent = words.addTo;
    button("note").hidden = !filed.note && !photos.length;
    Object.assign(item.querySelector("[data-open]"), { hidden: false, href: filed.url });
  }
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
