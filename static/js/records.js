// What is kept on this phone of what was done on it: records, their photos, and drafts; each change is told to all tabs.
import { china } from "./dates.js";
import { all, beginning, change, together, under } from "./store.js";

const talk = new BroadcastChannel("roadworks-queue");

export const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const clientId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

// A number to talk about before the server has given one: 临 and the time of the shutter, with two signs of the id.
export const provisional = (id, at) => `L${china(at).slice(11, 16).replace(":", "")}-${id.slice(0, 2).toUpperCase()}`;

export const tell = (record) => { talk.postMessage(record.id); dispatchEvent(new CustomEvent("queue-changed", { detail: record.id })); };
// A full phone may not even note how far it is; what is kept stands all the same, and may be sent again.
export const note = (store, key, values) => change(store, key, values).catch((fault) => console.info("not noted:", fault.message));
export const save = async (record, values) => {
  Object.assign(record, values);
  await note("records", record.id, values);
  tell(record);
};

// The browser is asked to promise that what is kept stays, when the first thing is kept.
let promised;
// A phone that had no room for something remembers that, for browsers tell of more room than there is.
const full = ({ name }) => name === "QuotaExceededError";
// Why something was not kept, in the words of a page.
export const unkept = (words, fault) => (full(fault) ? words.wordFull : words.wordUnkept);
const noted = (keeping) => keeping.catch((fault) => {
  if (full(fault)) localStorage.setItem("full", String(Date.now()));
  throw fault;
});
const persist = async (keeping) => {
  await noted(keeping);
  localStorage.removeItem("full");
  promised ??= Promise.resolve(navigator.storage?.persist?.()).catch(() => false);
};

export const watch = (look) => {
  talk.addEventListener("message", look);
  addEventListener("queue-changed", look);
};

const shaOf = async (blob) => hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));

// Whether what the phone kept is still what was taken: its store may have lost or damaged it.
export const whole = async ({ blob, sha256 }) => (await shaOf(blob).catch(() => "")) === sha256;

// As many photos as the server takes of one filing.
export const MOST = 8;

// Keeps a photo (or a voice note, for a door of its own) on the phone at once, before anything is sent; `field` is the one
// of a form that it was taken for, `taken` the moment of it, where the file tells; `row`: the record that names it, where
// that comes with it. Gives its SHA-256.
export async function keepPhoto(record, blob, door = "photos", field = "", taken = 0, row = null) {
  const sha256 = await shaOf(blob);
  await persist(together(["photos", "records"], "readwrite", (photos, records) => {
    if (row) records.put(row);
    photos.put({ key: `${record}:${sha256}`, record, sha256, blob, door, field, at: Date.now(), taken, sent: false });
  }));
  return sha256;
}

// What was left out stays on the phone with its record, and goes nowhere.
export const allPhotosOf = async (record) => (await under("photos", `${record}:`)).sort((a, b) => a.at - b.at);
export const photosOf = async (record) => (await allPhotosOf(record)).filter(({ out }) => !out);

// What every record begins with on its way.
const FRESH = { state: "waiting", tries: 0, next: 0, faults: null, receipt: null };
export const asDraft = (record) => ({ ...FRESH, ...record, state: "draft" });

// The turn keeps the order in which things were done, whatever the phone's clock says meanwhile; `rev` tells what is on its
// way from what was said over it since (a round counts its own). What was sent stays as it was sent, for another tab may have
// done so; only a round grows. It goes on telling of photos that were left out. What was said on a form goes behind it, in one transaction.
export async function enqueue(record) {
  await persist(together(["records"], "readwrite", (rows) => {
    const request = rows.getAll();
    request.onsuccess = () => {
      const before = request.result.find(({ id }) => id === record.id);
      if (before?.state === "sent" && before.kind !== "round") return;
      let last = Math.max(0, ...request.result.map((row) => row.turn ?? 0));
      const rev = record.kind === "round" ? record.rev : (before?.rev ?? 0) + 1;
      rows.put({ ...FRESH, ...record, left: before?.left, rev, turn: before?.turn ?? ++last });
      for (const said of request.result) {
        if (said.kind === "voice" && said.state === "draft" && said.fields.filing === record.id) rows.put({ ...FRESH, ...said, state: "waiting", turn: ++last });
      }
    };
  }));
  tell(record);
  // Where the browser has Background Sync, it goes even when this page is closed.
  navigator.serviceWorker?.ready.then(({ sync }) => sync?.register("queue")).catch(() => {});
}

// A form that is not finished; never over what was sent off already. What was refused stays so, with its place and the
// moment it was done, and with what is typed to mend it.
export const keepDraft = (record) => noted(together(["records"], "readwrite", (rows) => {
  const request = rows.get(record.id);
  request.onsuccess = () => {
    const before = request.result;
    const { at, seen, after, ...typed } = record.fields;
    if ((before?.state ?? "draft") === "draft") rows.put(asDraft(record));
    else if (before.state === "refused") rows.put({ ...before, fields: { ...before.fields, ...typed } });
  };
}));

// How long after the last key a draft is kept; one that cannot be is only missed.
export const DRAFT_MS = 300;
export const quietly = (keeping) => keeping.catch((fault) => console.info("no draft:", fault.message));

// A draft that holds nothing any more; never what was sent off already.
export const dropDraft = (id) => together(["records"], "readwrite", (rows) => {
  const request = rows.get(id);
  request.onsuccess = () => { if (request.result?.state === "draft") rows.delete(id); };
});

export const forget = (id) => together(["records", "photos"], "readwrite", (records, photos) => {
  records.delete(id);
  photos.delete(beginning(`${id}:`));
});

// What does not go by itself any more: somebody has to decide.
export const stuck = ({ state }) => state === "refused" || state === "conflict";
export const waiting = async () => (await all("records")).filter(({ state }) => state !== "sent" && state !== "draft");
