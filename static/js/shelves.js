// What the worker keeps of each version: its files on a shelf of their own, and which version the page of a client was made
// by. Only a page of a version is given its files; it is kept, for a browser ends a worker that has nothing to do, and starts
// it again without its memory.
const OF = "roadworks-";
const MADE = "roadworks-made";
export const SHELLS = "roadworks-shells";
export const PICTURES = "roadworks-guide";

const made = new Map();

export const shelfOf = (version) => `${OF}${version}`;

export const remember = (event, mark) => {
  const id = event.resultingClientId;
  if (!id || !mark) return;
  made.set(id, mark);
  event.waitUntil(caches.open(MADE).then((shelf) => shelf.put(`/made/${id}`, new Response(mark))));
};

export const madeBy = async (id) => {
  if (id && !made.has(id)) {
    const kept = await caches.match(`/made/${id}`, { cacheName: MADE });
    if (kept) made.set(id, await kept.text());
  }
  return made.get(id);
};

// A file's address without the mark of its content.
export const plain = (path) => path.replace(/^(.*\/static\/)[0-9a-f]{10}\//, "$1");

// A file as another version had it, for a page that was made by that one; undefined where it is not kept any more.
export async function asOf(version, path) {
  if (!version || !(await caches.has(shelfOf(version)))) return undefined;
  const shelf = await caches.open(shelfOf(version));
  const own = (await shelf.keys()).find(({ url }) => plain(new URL(url).pathname) === plain(path));
  return own && shelf.match(own);
}

// The files of another version stay as long as a page that is kept, or one that is open, was made by it.
export async function letGo(version) {
  // What a version that is not at work yet has put aside, from now on too, is not this one's.
  const names = await caches.keys();
  if (self.registration.installing || self.registration.waiting) return;
  const open = (await self.clients.matchAll({ includeUncontrolled: true })).map(({ id }) => id);
  const shells = await caches.open(SHELLS);
  const kept = await Promise.all((await shells.keys()).map(async (address) => (await shells.match(address))?.headers.get("X-Roadworks-Version")));
  const marks = [version, ...kept, ...(await Promise.all(open.map(madeBy))), ...made.values()];
  const stay = [SHELLS, PICTURES, MADE, ...marks.map(shelfOf)];
  for (const name of names) if (name.startsWith(OF) && !stay.includes(name)) await caches.delete(name);
  const told = await caches.open(MADE);
  for (const { url } of await told.keys()) {
    const id = new URL(url).pathname.replace("/made/", "");
    if (!open.includes(id) && !made.has(id)) await told.delete(url);
  }
}
