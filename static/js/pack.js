// What the phone knows without network: the sections around, and the open defects. Refreshed when unchanged costs nothing.
import { along, apart } from "./metres.js";
import { me } from "./person.js";
import { all, get, put, remove } from "./store.js";

// A row as the server gave it to who is here now: what it gave to another, on the same phone, is nobody's.
export const rowOf = async (name) => {
  const row = await get("pack", name);
  return row?.person === me() ? row : null;
};

// Who signs out takes away what is kept: what is on its way then is not kept any more.
export const leaving = () => document.documentElement.dataset.leaving;

// Asks for what is kept by its mark; unchanged costs nothing. Gives the answer where there is one, and when it was asked for
// (what is done while it comes is not in it) with how far the server's clock is ahead.
export async function asked(address, etag) {
  const at = Date.now();
  const headers = { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) };
  const answer = await fetch(address, { headers, redirect: "error" }).catch(() => null);
  if (answer?.status !== 200 && answer?.status !== 304) return {};
  return { answer, clock: { at, skew: Date.parse(answer.headers.get("X-Now")) - Date.now() } };
}

// The key by which a rescue file is sealed: to be used here, not to be read, and kept past the sign-out as the queue is.
// A browser that cannot keep it is not asked again.
async function keepSeal({ person, key }) {
  const name = `seal:${person}`;
  const bytes = Uint8Array.from(key.match(/../g), (pair) => parseInt(pair, 16));
  const made = await crypto.subtle?.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await put("pack", { name, key: made }).catch(() => put("pack", { name, key: null }));
}

// Gives whether what is kept is as the server has it now.
async function keep(name, address, fresh = false, place = {}) {
  const own = await rowOf(name);
  if (!own) await remove("pack", name);
  const kept = fresh ? null : own;
  const { answer, clock } = await asked(address, kept?.etag);
  // Where it is asked for the day, by the server's clock.
  const ahead = Number.isFinite(clock?.skew) ? { skew: clock.skew } : null;
  if (answer?.status === 304) {
    if (ahead && !leaving()) await put("pack", { ...kept, ...ahead });
    return true;
  }
  if (!answer || leaving()) return false;
  const { seal, ...said } = await answer.json();
  if (seal) await keepSeal(seal);
  await put("pack", { name, etag: answer.headers.get("ETag"), ...place, ...said, ...ahead });
  return true;
}

// Where this phone was last, to a kilometre or so: what is kept lies around there, and does not change at each step. By
// the spot, to a hundred metres, pictures are chosen; it goes to nobody.
export const remember = ({ lon, lat }) => {
  try {
    localStorage.setItem("place", new URLSearchParams({ lon: lon.toFixed(2), lat: lat.toFixed(2) }));
    localStorage.setItem("spot", `${lon.toFixed(3)},${lat.toFixed(3)}`);
  } catch { /* a full phone only forgets */ }
};

export const refresh = async () => {
  const place = localStorage.getItem("place");
  const lacking = !(await get("pack", `seal:${me()}`));
  // The answer, in which the key lies, does not repeat the place that is asked for: it is compressed.
  return keep("district", `/sync/1/pack${place ? `?${place}` : ""}`, lacking, Object.fromEntries(new URLSearchParams(place ?? "")));
};

// What is to be walked today and in the days after, for who walks rounds.
export const refreshRounds = () => keep("rounds", "/sync/1/rounds/today");

// All of it; nothing where the browser keeps nothing.
export const pack = () => rowOf("district").catch(() => null);

export const sections = async () => (await pack())?.sections ?? [];

// The sections nearest to a position, with metres, as /sections/nearest.json gives them.
export async function nearest(lon, lat, within = 500) {
  return (await sections())
    .map((section) => ({ ...section, distance_m: along(section.line, lon, lat).off }))
    .filter((section) => section.distance_m <= within)
    .sort((a, b) => a.distance_m - b.distance_m)
    .slice(0, 5);
}

// A crew as the district calls it now, in the page's language; where it is not known, as the row calls it. `gone` is said
// behind one that is no longer at work.
export const crewOf = (crews, row, gone) => {
  const found = crews?.find(({ id }) => id === row.crew_id);
  if (!found) return row.crew;
  const name = document.documentElement.lang === "en" ? found.name_en || found.name_zh : found.name_zh;
  return found.active || !gone ? name : name + gone;
};

// What this person filed there, or of that type on that section, and is not sent yet: as defects, but `but`.
export async function unsent({ lon, lat, section, type }, but) {
  const mine = ({ id, kind = "filing", person, state }) => kind === "filing" && person === me() && id !== but && ["waiting", "sending", "refused"].includes(state);
  const rows = (await all("records")).filter(mine).map((row) => ({
    ...row, ...row.fields, code: row.fields.type_code, type: row.title, found_at: row.at, unsent: true,
    ...(lat ? { distance_m: Math.round(apart({ lon, lat }, { lon: Number(row.fields.lon), lat: Number(row.fields.lat || NaN) })) } : {}),
  }));
  return rows.filter((row) => (lat ? row.distance_m <= 30 : row.section_id === section && row.code === type));
}
