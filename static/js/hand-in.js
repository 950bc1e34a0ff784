// Whoever has no access any more sends nothing: what they did here is handed in as rescue files, for a supervisor to decide.
// It stays on this phone; should they get access again it goes as ever, and nothing is filed twice.
import { note, tell } from "./records.js";
import { make, plan } from "./rescue.js";

// How far one file is filled: even a network of the street carries that in a few minutes.
const MOST = { bytes: 4e6, records: 200, photos: 500, list: 1e6 };
const MOST_MS = 1800000;
const DAY_MS = 86400000;

const keep = (said) => localStorage.setItem("handing", JSON.stringify(said));

// What is handed in is planned once and gone on with, part after part: the same parts make the same files.
async function planned(person, before) {
  if (before.next <= before.parts?.length) return before;
  const theirs = (record) => record?.person === person && !record.handed && !["sent", "draft"].includes(record.state);
  return { person, next: 1, ...(await plan(MOST, theirs)) };
}

async function send(now) {
  const body = new FormData();
  body.append("file", await make({ ...now, at: new Date(now.at) }, now.next));
  const headers = { Accept: "application/json" };
  const { ok, status } = await fetch("/sync/1/rescue", { method: "POST", body, headers, redirect: "error", signal: AbortSignal.timeout(MOST_MS) });
  if (!ok && (status === 401 || status === 429 || status >= 500)) throw new Error(status);
  return ok;
}

async function work() {
  const hello = await fetch("/sync/1/hello", { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" });
  const person = hello.status === 401 && (await hello.json()).error.closed;
  if (typeof person !== "number") return;
  const kept = JSON.parse(localStorage.getItem("handing") ?? "{}");
  const before = kept.person === person ? kept : {};
  // What was refused, as by a phone that never got its seal, is saved by hand; it is asked again another day.
  if (Date.now() - before.refused < DAY_MS) return;
  const now = await planned(person, before);
  for (; now.next <= now.parts.length; now.next += 1) {
    keep(now);
    if (!(await send(now))) { keep({ person, refused: Date.now() }); return; }
    for (const id of now.parts[now.next - 1]) {
      await note("records", id, { handed: Date.now() });
      tell({ id });
    }
  }
  localStorage.removeItem("handing");
}

export default () => navigator.locks?.request("roadworks-hand-in", { ifAvailable: true }, (lock) => lock && work());
