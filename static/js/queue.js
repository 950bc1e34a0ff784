// The queue: what was done on this phone and is not yet safe on the server. Photos go one by one, then the record that
// names them; each may be sent any number of times. One sender at a time, pauses grow, the order of records is kept.
import { note, photosOf, save, stuck, tell, waiting, watch } from "./records.js";
import { get, together } from "./store.js";
import { CONTRACT, Later, Moved, Refused, ask, faultsOf, sendPhoto } from "./wire.js";

// What kinds of record there are, and the door of the server that each goes to.
const DOORS = { filing: "filings", step: "steps", round: "rounds", addition: "additions", voice: "notes" };
const PAUSES_S = [5, 15, 60, 300, 900];
const LONGEST_MS = Math.max(...PAUSES_S) * 1000;
const GRACE_MS = 4000;
const pauseOf = (tries) => PAUSES_S[Math.min(tries, PAUSES_S.length - 1)] * 1000;
// A pause longer than any is a clock that was set back.
const paused = (until) => until > Date.now() && until <= Date.now() + LONGEST_MS;

// How often the server gave this page no answer, and until when it is left alone; who looks again does not wait for that.
const silence = { tries: 0, until: 0 };
globalThis.document?.addEventListener("visibilitychange", () => { silence.until = 0; });

async function sendPhotos(record, hello) {
  const photos = await photosOf(record.id);
  for (const [place, photo] of photos.entries()) {
    if (photo.sent) continue;
    await save(record, { state: "sending", step: [place + 1, photos.length] });
    await sendPhoto(photo, hello).catch((fault) => { throw Object.assign(fault, { photo: photo.key }); });
    await note("photos", photo.key, { sent: true });
  }
  return photos.map((photo) => photo.sha256);
}

async function sendRecord(record, hello) {
  const hashes = await sendPhotos(record, hello);
  await save(record, { state: "sending", step: null });
  const body = JSON.stringify({ ...record.fields, client_id: record.id, photos: hashes, ...(record.kind === "round" ? { sent_at: new Date().toISOString() } : {}) });
  const headers = { "X-CSRFToken": hello.token, "Content-Type": "application/json" };
  const { status, said } = await ask(`/sync/${CONTRACT}/${DOORS[record.kind ?? "filing"]}`, { method: "POST", body, headers });
  if (said.missing) {
    for (const sha256 of said.missing) await note("photos", `${record.id}:${sha256}`, { sent: false });
    // What was said of a filing that is not there yet lacks nothing itself.
    throw new Later(said.missing.length ? "missing" : "before");
  }
  if (status === 409 && (said.now || said.filed)) throw new Moved(said);
  if (status !== 200 && status !== 201) throw new Refused(faultsOf(said), said.now && said);
  // Only what the server names is safe: an answer that names nothing is none, nor is a receipt without all photos.
  if (!said.number || !Array.isArray(said.photos)) throw new Later("odd");
  if (!hashes.every((sha256) => said.photos.includes(sha256))) throw new Refused({ photos: ["?"] });
  await settle(record, said, hashes);
}

// Safe: in one transaction the record says so and its photos go. Where that cannot be written, it is sent again later, and
// so is what was said over it while it was on its way (a round goes on, a form was opened again): that keeps its photos.
async function settle(record, receipt, hashes) {
  const values = { state: "sent", step: null, receipt, faults: null, sent: Date.now() };
  await together(["records", "photos"], "readwrite", (rows, photos) => {
    const request = rows.get(record.id);
    request.onsuccess = () => {
      const row = request.result;
      const grew = row && row.rev !== record.rev;
      // Only of a round is the receipt that of what it became, too.
      if (row) rows.put({ ...row, ...(grew && row.kind !== "round" ? { step: null } : values), state: grew ? "waiting" : "sent" });
      if (!grew) for (const sha256 of hashes) photos.delete(`${record.id}:${sha256}`);
    };
  }).catch(() => { throw new Later("full"); });
  Object.assign(record, values);
  tell(record);
}

// What nobody foresaw (a photo that the phone cannot read just now, an answer that is none) holds up its own record only,
// as does what a full phone cannot note.
const OWN = new Set(["missing", "before", "damaged", "full", "odd"]);
const whyOf = (fault) => {
  if (fault instanceof Later) return fault.message;
  console.info("not sent:", fault.message);
  return "odd";
};

async function tryRecord(record, hello) {
  try {
    await sendRecord(record, hello);
    return true;
  } catch (fault) {
    // A no to what was said before is none to what was said over it meanwhile.
    if (!(fault instanceof Later) && (await get("records", record.id))?.rev !== record.rev) {
      await save(record, { state: "waiting", step: null });
      return true;
    }
    if (fault instanceof Refused) {
      await save(record, { state: "refused", step: null, faults: fault.faults, photo: fault.photo, conflict: fault.conflict });
      return true;
    }
    if (fault instanceof Moved) {
      await save(record, { state: "conflict", step: null, conflict: fault.conflict });
      return true;
    }
    const why = whyOf(fault);
    await save(record, { state: "waiting", step: null, why, tries: record.tries + 1, next: Date.now() + pauseOf(record.tries) });
    return OWN.has(why);
  }
}

// What waits for the same reason as before is not written again: on a shared phone that may be two hundred records.
const holdBack = (record, why) => (record.state === "waiting" && record.why === why ? null : save(record, { state: "waiting", step: null, why }));

async function drain(forced) {
  const unsent = (await waiting()).sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0) || a.at - b.at);
  const mine = unsent.filter((record) => !stuck(record));
  if (!mine.length) return "empty";
  if (!forced && paused(silence.until)) return "paused";
  let hello;
  try {
    hello = (await ask(`/sync/${CONTRACT}/hello`)).said;
    if ((hello.contract ?? CONTRACT) !== CONTRACT) throw new Later("old");
    if (!hello.person) throw new Later("busy");
    Object.assign(silence, { tries: 0, until: 0 });
  } catch (fault) {
    const why = whyOf(fault);
    silence.until = Date.now() + pauseOf(silence.tries);
    silence.tries += 1;
    for (const record of mine) await save(record, { state: "waiting", step: null, why, again: silence.until });
    return why;
  }
  // Records of one thread, as the steps on one order, go in their order: behind one that does not go, the others wait.
  const held = new Set();
  for (const record of unsent) {
    const behind = record.thread && held.has(record.thread);
    if (record.thread) held.add(record.thread);
    if (stuck(record)) continue;
    // What one person filed is never sent as another.
    const why = behind ? "behind" : record.person !== hello.person.id ? "other" : null;
    if (why) { await holdBack(record, why); continue; }
    if (!forced && paused(record.next)) continue;
    // Another tab may have sent it or thrown it away meanwhile.
    const now = await get("records", record.id);
    if (!now || now.state === "sent") { held.delete(record.thread); continue; }
    if (!(await tryRecord(now, hello))) break;
    if ((await get("records", record.id))?.state === "sent") held.delete(record.thread);
  }
  return "done";
}

// Sends what waits; gives why it stopped. A second sender, in this tab or another, leaves it to the first.
export function run({ forced = false } = {}) {
  if (!navigator.locks) return drain(forced);
  return navigator.locks.request("roadworks-queue", { ifAvailable: !forced }, (lock) => (lock ? drain(forced) : "busy"));
}

// Sends, too, and is waited for by who pressed Send, but only as long as this record gets on: it is safe on the phone, and
// goes by itself from whatever page comes next. So what stops the queue is no fault of who pressed Send.
export const attempt = (id) => Promise.race([run({ forced: true }).catch((fault) => console.info("the queue stands:", fault.message)), new Promise((done) => {
  let end;
  const wait = ({ detail, data }) => {
    if ((detail ?? data) !== id) return;
    clearTimeout(end);
    end = setTimeout(done, GRACE_MS);
  };
  watch(wait);
  wait({ data: id });
})]);
