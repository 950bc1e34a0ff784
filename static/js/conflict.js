// A step that no longer fits, or was refused: what was done and how the order stands now, and what to do with it. Nothing
// goes by itself. What waits behind it on the same order is the same visit: it is asked once, and the choice holds for all.
// A step that was only begun has the order as this phone knows it, in a word. And a filing that is on the server under its
// id and says something else there: what is new here can be added to that one.
import { day, stamp } from "./dates.js";
import { threadOf } from "./orders-pack.js";
import { attempt } from "./queue.js";
import { clientId, enqueue, forget, photosOf, tell } from "./records.js";
import { beginning, get, together } from "./store.js";

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

const AFRESH = { state: "waiting", tries: 0, next: 0, why: null, conflict: null, faults: null };

// In one transaction these steps go once more and say this besides, with what was typed elsewhere since they were drawn.
const goOn = (steps, more) => together(["records"], "readwrite", (rows) => {
  for (const { id } of steps) {
    const request = rows.get(id);
    request.onsuccess = () => {
      const row = request.result;
      if (row && row.state !== "sent") rows.put({ ...row, ...AFRESH, fields: { ...row.fields, ...more } });
    };
  }
});

const counted = (words, { length }) => length && (length === 1 ? words.onePhoto : words.photos).replace("#", length);

// What was done, when, and what was typed and taken.
async function didOf(words, { id, title, fields }) {
  const typed = Object.entries(fields).filter(([name, value]) => value && /^(m2?-\d+|note|reason)$/.test(name));
  const unit = (name) => (name.startsWith("m2") ? "\u00a0m²" : name.startsWith("m-") ? "\u00a0m" : "");
  return [title, stamp(fields.at), ...typed.map(([name, value]) => value + unit(name)), counted(words, await photosOf(id))];
}

// How the order stands on the server, since when and by whom.
function standsOf(words, { now, changed, missing_facts: lacking = [] }) {
  const stands = now.until ? `${words.suspended} ${day(now.until)}` : now.word;
  return [stands, now.crew, `${changed.by} ${changed.did}`, stamp(changed.at), changed.reason, ...lacking];
}

// `visit`: the steps that wait behind it.
export default async function conflict(box, item, record, word, visit = []) {
  const words = box.dataset;
  const choice = box.querySelector("template[data-moved]").content.firstElementChild.cloneNode(true);
  const button = (name) => choice.querySelector(`[data-${name}]`);
  const { now, again, filed } = record.conflict ?? {};
  const fresh = filed && (await photosOf(record.id)).filter(({ sha256 }) => filed.fresh.includes(sha256));
  const says = (side) => filed.differs.map((one) => one.what + document.body.dataset.colon + (one[side] || "–"));
  const begun = record.state === "draft";
  const steps = [record, ...visit];

  const lines = filed ? [[...says("phone"), counted(words, fresh)]] : await Promise.all(steps.map((step) => didOf(words, step)));
  const written = lines.map((parts) => parts.filter(Boolean).join(" · "));
  choice.querySelector("[data-yours]").replaceChildren(...written.flatMap((line) => [line, document.createElement("br")]).slice(0, -1));
  choice.querySelector("[data-visit]").hidden = !visit.length;
  const known = begun ? word || words.notYours : Object.values(record.faults ?? {}).flat().join(" ");
  const theirs = filed ? [filed.number, ...says("server")] : now ? standsOf(words, record.conflict) : [known];
  choice.querySelector("[data-theirs]").textContent = theirs.filter(Boolean).join(" · ");

  const add = async () => {
    const row = { ...AFRESH, id: clientId(), kind: "addition", title: `${words.added} ${filed.number} · ${record.title}`, fields: { defect: filed.id, note: filed.note }, form: record.fields };
    await become(record, row, filed.fresh);
    await attempt(row.id);
    tell(row);
  };
  const send = async (which, more) => {
    if (begun) {
      const said = (await get("records", record.id))?.fields ?? record.fields;
      await enqueue({ ...record, ...AFRESH, fields: { ...said, ...more }, thread: threadOf(record.fields.order, record.person) });
    } else await goOn(which, more);
    await attempt(record.id);
    tell(record);
  };
  // Those behind it name the step before them: where that is taken, they are.
  button("again").hidden = !again || record.state !== "conflict";
  button("again").addEventListener("click", () => send([record], { seen: String(now.version), after: "" }));
  button("note").addEventListener("click", () => (filed ? add() : send(steps, { as_remark: "1" })));
  if (filed) {
    button("note").textContent = words.addTo;
    button("note").hidden = !filed.note && !fresh.length;
    Object.assign(item.querySelector("[data-open]"), { hidden: false, href: filed.url });
  }
  button("drop").addEventListener("click", () => {
    button("sure").hidden = false;
    button("drop").hidden = true;
    button("sure").focus();
  });
  button("sure").addEventListener("click", async () => {
    for (const { id } of steps) await forget(id);
    tell(record);
  });
  item.append(choice);
}
