// The wire: what is asked of the server, and what is to be done where the answer is no.
import { whole } from "./records.js";

export const CONTRACT = 1;
const PATIENCE_MS = 60000;
// The slowest network that a photo is still waited for on.
const SLOWEST_BYTES_MS = 4;

export class Later extends Error {}
export class Refused extends Error {
  constructor(faults, conflict) { super("refused"); Object.assign(this, { faults, conflict }); }
}
// What it was about has moved on meanwhile: a choice for the person, with all that was done kept.
export class Moved extends Error {
  constructor(conflict) { super("moved"); this.conflict = conflict; }
}

export async function ask(address, options = {}) {
  const abort = AbortSignal.timeout(PATIENCE_MS);
  // By its clock now the server knows how old a moment of this phone is, however wrong the clock.
  const headers = { Accept: "application/json", "X-Sent-At": new Date().toISOString(), ...options.headers };
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error", signal: abort, ...options, headers });
  } catch {
    throw new Later("away");
  }
  if (answer.status === 401) throw new Later((await answer.json().catch(() => null))?.error?.closed ? "closed" : "signed out");
  if (answer.status === 429 || answer.status >= 500) throw new Later("busy");
  // Only `hello` is asked without a method: a server that does not know it speaks another contract.
  if (answer.status === 404 && !options.method) throw new Later("old");
  const said = await answer.json().catch(() => { throw new Later("cut"); });
  // The token is of a sign-in that has ended meanwhile: the next `hello` tells whose turn it is.
  if (answer.status === 400 && said.error?.again) throw new Later("token");
  return { status: answer.status, said };
}

export const faultsOf = (said) => said.faults ?? { "": [said.error?.message ?? "?"] };

// What this phone damaged itself would come damaged for ever: a choice for the person, in the words that came with `hello`.
export async function sendPhoto(photo, { token, damaged }) {
  const door = photo.door ?? "photos";
  if (!(await whole(photo))) throw new Refused({ photos: [damaged?.[door] ?? "?"] });
  const body = new FormData();
  body.append("sha256", photo.sha256);
  body.append("photo", photo.blob, "photo");
  // Making it smaller took the hour out of the picture.
  if (photo.taken) body.append("taken_at", new Date(photo.taken).toISOString());
  const { status, said } = await ask(`/sync/${CONTRACT}/${door}`, { method: "POST", body, headers: { "X-CSRFToken": token }, signal: AbortSignal.timeout(PATIENCE_MS + Math.round(photo.blob.size / SLOWEST_BYTES_MS)) });
  if (status === 201 && said.sha256 === photo.sha256) return;
  if (said.again) throw new Later("damaged");
  throw new Refused(faultsOf(said));
}
