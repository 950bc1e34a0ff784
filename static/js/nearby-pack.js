// What may need somebody's eyes around this phone, and small pictures of what is open and was mended nearby: kept to
// look at without network. A picture's content never changes: it is fetched once.
import { apart } from "./metres.js";
import { asked, crewOf, leaving, pack, rowOf } from "./pack.js";
import { me } from "./person.js";
import { put, remove, under } from "./store.js";

const MOST_OPEN = 60;
const MOST_MENDED = 20;
const MOST_BYTES = 3e6;
const EACH_BYTES = 24000;
// The names of rows of pictures; signing out takes all of them away (offline.js).
const MARK = "thumb:";

export const kept = () => rowOf("nearby").catch(() => null);

// Brings what changed; true where the phone knows something new, or knows it to be as it was.
export async function refresh() {
  const before = await kept();
  const place = localStorage.getItem("place");
  const { answer, clock } = await asked(`/sync/1/nearby${place ? `?${place}` : ""}`, before?.etag);
  if (!answer) return false;
  const said = answer.status === 200 ? await answer.json() : before;
  if (leaving() || !said) return false;
  await put("pack", { ...said, name: "nearby", etag: answer.headers.get("ETag") ?? before?.etag, ...clock });
  return true;
}

// Open defects of one type on a section, as /defects/near.json gives them to who has no position; `whole`: there are no others.
async function onSection(section, type) {
  const known = await pack();
  const rows = (known?.open ?? []).filter((row) => String(row.section_id) === section && row.type === type);
  const line = known?.sections.find(({ id }) => String(id) === section)?.line;
  const whole = Boolean(line?.every(([lon, lat]) => apart({ lon, lat }, known) <= known.reach_m));
  return { whole, defects: rows.sort((a, b) => b.id - a.id).map((row) => ({ ...row, code: row.type, type: row.name })), mended: [] };
}

// Open defects within 30 m and what was mended within 15 m, as /defects/near.json gives them; `whole`: there are no others.
async function around(lon, lat, gone) {
  const known = await pack();
  const near = (rows, within) => (rows ?? [])
    .map((row) => ({ ...row, distance_m: Math.round(apart({ lon, lat }, row)) }))
    .filter((row) => row.distance_m <= within)
    .sort((a, b) => a.distance_m - b.distance_m)
    .slice(0, 60);
  return {
    whole: Boolean(known) && apart({ lon, lat }, known) + 30 <= known.reach_m,
    defects: near(known?.open, 30).map((row) => ({ ...row, code: row.type, type: row.name })),
    mended: near(known?.mended, 15).map((row) => ({ ...row, crew: crewOf(known.crews, row, gone) })),
  };
}

// Which pictures this phone wants, the nearest first.
async function wanted() {
  const [district, nearby] = await Promise.all([pack(), kept()]);
  const [lon, lat] = (localStorage.getItem("spot") ?? "").split(",").map(Number);
  const away = (row) => (lat ? apart({ lon, lat }, row) : 0);
  const nearest = (rows, most) => [...new Set(rows.filter((row) => row.thumb && row.lat).sort((a, b) => away(a) - away(b)).map((row) => row.thumb))].slice(0, most);
  return [...nearest([...(district?.open ?? []), ...(nearby?.stops ?? [])], MOST_OPEN), ...nearest(district?.mended ?? [], MOST_MENDED)];
}

export const pictures = () => under("pack", MARK);

const weight = (rows) => rows.reduce((sum, row) => sum + (row.blob?.size ?? 0), 0);

// Makes room for `missing` more: somebody else's go first, then what is not wanted any more, the oldest first.
export async function makeRoom(rows, names, missing) {
  const stays = rows.filter((row) => row.person === me()).sort((a, b) => names.has(b.name) - names.has(a.name) || b.at - a.at);
  while (stays.length && !names.has(stays.at(-1).name) && weight(stays) + missing * EACH_BYTES > MOST_BYTES) stays.pop();
  for (const row of rows) if (!stays.includes(row)) await remove("pack", row.name);
  return stays;
}

async function fetchPictures() {
  const names = new Set((await wanted()).map((url) => MARK + url));
  const before = await pictures();
  const missing = [...names].filter((name) => !before.some((row) => row.name === name && row.person === me()));
  let room = MOST_BYTES - weight(await makeRoom(before, names, missing.length));
  for (const name of missing) {
    if (room < EACH_BYTES) return;
    const answer = await fetch(name.slice(MARK.length), { redirect: "error", priority: "low" }).catch(() => null);
    // Without network it goes on the next time; what the server does not give is not asked for again.
    if (!answer || answer.status >= 500) return;
    const blob = answer.ok ? await answer.blob() : null;
    if (leaving()) return;
    const small = blob && blob.size <= EACH_BYTES ? blob : null;
    room -= small?.size ?? 0;
    await put("pack", { name, person: me(), at: Date.now(), blob: small });
  }
}

// One tab fetches for all; who saves data is spared.
async function refreshPictures() {
  if (navigator.connection?.saveData || leaving()) return;
  await (navigator.locks ? navigator.locks.request("roadworks-pictures", { ifAvailable: true }, (lock) => (lock ? fetchPictures() : null)) : fetchPictures());
}

// All that is kept for looking around, once the pack (`around`) is there.
export async function bring(around) {
  await Promise.all([refresh(), around]);
  await refreshPictures();
}

const shown = new Map();

// The rows of cards with their kept pictures as `photo`.
export async function withPictures(rows) {
  const found = new Map((await pictures().catch(() => [])).filter((row) => row.person === me()).map((row) => [row.name, row.blob]));
  return rows.map((row) => {
    const blob = row.thumb && found.get(MARK + row.thumb);
    if (blob && !shown.has(row.thumb)) shown.set(row.thumb, URL.createObjectURL(blob));
    return { ...row, photo: blob ? shown.get(row.thumb) : null };
  });
}

// What of it is near a place, or of a type on a section; all without network.
export async function near({ lon, lat, section, type }, gone) {
  const { defects, mended, whole } = section ? await onSection(section, type) : await around(Number(lon), Number(lat), gone);
  return { defects: await withPictures(defects), mended: await withPictures(mended), whole, offline: true };
}
