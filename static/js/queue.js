// The queue: what was done on this phone and is not yet safe on the server. Photos go one by one, then the record that
// names them; each may be sent any number of times. One sender at a time, pauses grow, the order of records is kept.
import { all, change, get, put, together, under } from "./store.js";

const CONTRACT = 1;
// What kinds of record there are, and the door of the server that each goes to.
const DOORS = { filing: "filings", step: "steps", round: "rounds", addition: "additions", voice: "notes" };
const PAUSES_S = [5, 15, 60, 300, 900];
const LONGEST_MS = Math.max(...PAUSES_S) * 1000;
const PATIENCE_MS = 60000;
// The slowest network that a photo is still waited for on.
const SLOWEST_BYTES_MS = 4;
const talk = new BroadcastChannel("roadworks-queue");

class Later extends Error {}
class Refused extends Error {
  constructor(faults) { super("refused"); this.faults = faults; }
}
// What it was about has moved on meanwhile: a choice for the person, with all that was done kept.
class Moved extends Error {
  constructor(conflict) { super("moved"); this.conflict = conflict; }
}

export const clientId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

// A number to talk about before the server has given one: 临 and the time of the shutter, with two signs of the id.
export const provisional = (id, at) => {
  const time = new Date(at);
  return `L${String(time.getHours()).padStart(2, "0")}${String(time.getMinutes()).padStart(2, "0")}-${id.slice(0, 2).toUpperCase()}`;
};

const tell = (record) => { talk.postMessage(record.id); dispatchEvent(new CustomEvent("queue-changed", { detail: record.id })); };
// A full phone may not even note how far it is; what is kept stands all the same, and may be sent again.
const note = (store, key, values) => change(store, key, values).catch((fault) => console.info("not noted:", fault.message));
const save = async (record, values) => {
  Object.assign(record, values);
  await note("records", record.id, values);
  tell(record);
};

// The browser is asked to promise that what is kept stays, when the first thing is kept.
let promised;
// A phone that could not keep something remembers that, for browsers tell of more room than there is.
const told = async (keeping) => {
  try {
    await keeping;
    localStorage.removeItem("full");
  } catch (fault) {
    localStorage.setItem("full", String(Date.now()));
    throw fault;
  }
  promised ??= Promise.resolve(navigator.storage?.persist?.()).catch(() => false);
};

export const watch = (look) => {
  talk.addEventListener("message", look);
  addEventListener("queue-changed", look);
};

// Keeps a photo (or a voice note, for a door of its own) on the phone at once, before anything is sent; `field` is the one
// of a form that it was taken for. Gives its SHA-256.
export async function keepPhoto(record, blob, door = "photos", field = "") {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  await told(put("photos", { key: `${record}:${sha256}`, record, sha256, blob, door, field, at: Date.now(), sent: false }));
  return sha256;
}

// What was left out stays on the phone with its record, and goes nowhere.
export const photosOf = async (record) => (await under("photos", `${record}:`)).filter(({ out }) => !out).sort((a, b) => a.at - b.at);

// The turn keeps the order in which things were done, whatever the phone's clock says meanwhile.
export async function enqueue(record) {
  await told(together(["records"], "readwrite", (rows) => {
    const request = rows.getAll();
    request.onsuccess = () => {
      const before = request.result.find(({ id }) => id === record.id);
      const turn = before?.turn ?? 1 + Math.max(0, ...request.result.map((row) => row.turn ?? 0));
      rows.put({ state: "waiting", tries: 0, next: 0, faults: null, receipt: null, ...record, turn });
    };
  }));
  tell(record);
}

// A form that is not finished; never over what was sent off already.
export const keepDraft = (record) => together(["records"], "readwrite", (rows) => {
  const request = rows.get(record.id);
  request.onsuccess = () => { if ((request.result?.state ?? "draft") === "draft") rows.put({ tries: 0, next: 0, faults: null, receipt: null, ...record, state: "draft" }); };
});

// A draft that holds nothing any more; never what was sent off already.
export const dropDraft = (id) => together(["records"], "readwrite", (rows) => {
  const request = rows.get(id);
  request.onsuccess = () => { if (request.result?.state === "draft") rows.delete(id); };
});

export const forget = (id) => together(["records", "photos"], "readwrite", (records, photos) => {
  records.delete(id);
  const range = IDBKeyRange.bound(`${id}:`, `${id}:g`);
  photos.delete(range);
});

export const waiting = async () => (await all("records")).filter(({ state }) => state !== "sent" && state !== "draft");

async function ask(address, options = {}) {
  const abort = AbortSignal.timeout(PATIENCE_MS);
  // By its clock now the server knows how old a moment of this phone is, however wrong the clock.
  const headers = { Accept: "application/json", "X-Sent-At": new Date().toISOString(), ...options.headers };
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error", signal: abort, ...options, headers });
  } catch {
    throw new Later("away");
  }
  if (answer.status === 401) throw new Later("signed out");
  if (answer.status === 429 || answer.status >= 500) throw new Later("busy");
  const said = await answer.json().catch(() => { throw new Later("cut"); });
  // The token is of a sign-in that has ended meanwhile: the next `hello` tells whose turn it is.
  if (answer.status === 400 && said.error?.again) throw new Later("token");
  return { status: answer.status, said };
}

const faultsOf = (said) => said.faults ?? { "": [said.error?.message ?? "?"] };

async function sendPhoto(photo, token) {
  const body = new FormData();
  body.append("sha256", photo.sha256);
  body.append("photo", photo.blob, "photo");
  const { status, said } = await ask(`/sync/${CONTRACT}/${photo.door ?? "photos"}`, { method: "POST", body, headers: { "X-CSRFToken": token }, signal: AbortSignal.timeout(PATIENCE_MS + Math.round(photo.blob.size / SLOWEST_BYTES_MS)) });
  if (status === 201 && said.sha256 === photo.sha256) return;
  if (said.again) throw new Later("damaged");
  throw new Refused(faultsOf(said));
}

async function sendPhotos(record, token) {
  const photos = await photosOf(record.id);
  for (const [place, photo] of photos.entries()) {
    if (photo.sent) continue;
    await save(record, { state: "sending", step: [place + 1, photos.length] });
    await sendPhoto(photo, token).catch((fault) => { throw Object.assign(fault, { photo: photo.key }); });
    await note("photos", photo.key, { sent: true });
  }
  return photos.map((photo) => photo.sha256);
}

async function sendRecord(record, token) {
  const hashes = await sendPhotos(record, token);
  await save(record, { state: "sending", step: null });
  const body = JSON.stringify({ ...record.fields, client_id: record.id, photos: hashes, ...(record.kind === "round" ? { sent_at: new Date().toISOString() } : {}) });
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
  const { status, said } = await ask(`/sync/${CONTRACT}/${DOORS[record.kind ?? "filing"]}`, { method: "POST", body, headers });
  if (said.missing) {
    for (const sha256 of said.missing) await note("photos", `${record.id}:${sha256}`, { sent: false });
    throw new Later("missing");
  }
  if (status === 409 && said.now) throw new Moved(said);
  if (status !== 200 && status !== 201) throw new Refused(faultsOf(said));
  // Only what the server names is safe: a receipt without all photos is none.
  if (!hashes.every((sha256) => said.photos.includes(sha256))) throw new Refused({ photos: ["?"] });
  await settle(record, said, hashes);
}

// Safe: in one transaction the record says so and its photos go. Where that cannot be written, it is sent again later.
async function settle(record, receipt, hashes) {
  const values = { state: "sent", step: null, receipt, faults: null, sent: Date.now() };
  // A record that grew while it was sent (a round goes on) is sent again.
  const state = (row) => (row.rev === record.rev ? "sent" : "waiting");
  await together(["records", "photos"], "readwrite", (rows, photos) => {
    const request = rows.get(record.id);
    request.onsuccess = () => { if (request.result) rows.put({ ...request.result, ...values, state: state(request.result) }); };
    for (const sha256 of hashes) photos.delete(`${record.id}:${sha256}`);
  }).catch(() => { throw new Later("full"); });
  Object.assign(record, values);
  tell(record);
}

async function tryRecord(record, token) {
  try {
    await sendRecord(record, token);
    return true;
  } catch (fault) {
    if (fault instanceof Refused) {
      await save(record, { state: "refused", step: null, faults: fault.faults, photo: fault.photo });
      return true;
    }
    if (fault instanceof Moved) {
      await save(record, { state: "conflict", step: null, conflict: fault.conflict });
      return true;
    }
    if (!(fault instanceof Later)) throw fault;
    const pause = PAUSES_S[Math.min(record.tries, PAUSES_S.length - 1)] * 1000;
    await save(record, { state: "waiting", step: null, why: fault.message, tries: record.tries + 1, next: Date.now() + pause });
    return fault.message === "missing" || fault.message === "damaged";
  }
}

async function drain(forced) {
  const stuck = (record) => record.state === "refused" || record.state === "conflict";
  const unsent = (await waiting()).sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0) || a.at - b.at);
  const mine = unsent.filter((record) => !stuck(record));
  if (!mine.length) return "empty";
  let hello;
  try {
    hello = (await ask(`/sync/${CONTRACT}/hello`)).said;
    if (!hello.person) throw new Later("busy");
  } catch (fault) {
    if (!(fault instanceof Later)) throw fault;
    for (const record of mine) await save(record, { state: "waiting", step: null, why: fault.message });
    return fault.message;
  }
  // Records of one thread, as the steps on one order, go in their order: behind one that does not go, the others wait.
  const held = new Set();
  for (const record of unsent) {
    const behind = record.thread && held.has(record.thread);
    if (record.thread) held.add(record.thread);
    if (stuck(record)) continue;
    if (behind) { await save(record, { state: "waiting", step: null, why: "behind" }); continue; }
    // What one person filed is never sent as another.
    if (record.person !== hello.person.id) { await save(record, { state: "waiting", step: null, why: "other" }); continue; }
    // A pause longer than any is a clock that was set back.
    if (!forced && record.next > Date.now() && record.next <= Date.now() + LONGEST_MS) continue;
    if (!(await tryRecord(await get("records", record.id) ?? record, hello.token))) break;
    if ((await get("records", record.id))?.state === "sent") held.delete(record.thread);
  }
  return "done";
}

// Sends what waits; gives why it stopped. A second sender, in this tab or another, leaves it to the first.
export function run({ forced = false } = {}) {
  if (!navigator.locks) return drain(forced);
  return navigator.locks.request("roadworks-queue", { ifAvailable: !forced }, (lock) => (lock ? drain(forced) : "busy"));
}
