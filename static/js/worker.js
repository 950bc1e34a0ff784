// The service worker: keeps the pages of the street and their files, and answers from them when the network does not.
import { run } from "./queue.js";

export default function start({ version, files, shells }) {
  const SHELF = `roadworks-${version}`;
  const SHELLS = "roadworks-shells";
  const INSTEAD = { "/defects/new": "/street/new", "/street/new": "/street/new", "/queue": "/queue" };
  const PATIENCE_MS = 6000;
  // Which version the page of a client was made by: only a page of this version is given this version's files.
  const made = new Map();

  self.addEventListener("install", (event) => {
    event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(files.map((file) => new Request(file, { cache: "no-cache" })))));
  });

  self.addEventListener("activate", (event) => {
    event.waitUntil((async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("roadworks-") && name !== SHELF && name !== SHELLS);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })());
  });

  const keepShells = async () => {
    const shelf = await caches.open(SHELLS);
    await Promise.all(shells.map(async (address) => {
      const answer = await fetch(address, { redirect: "manual", cache: "no-store" }).catch(() => null);
      if (answer?.ok) await shelf.put(address, answer);
    }));
  };

  self.addEventListener("message", (event) => {
    if (event.data === "keep") event.waitUntil(keepShells());
    if (event.data === "update") self.skipWaiting();
    if (event.data === "leave") event.waitUntil(caches.delete(SHELLS));
  });

  self.addEventListener("sync", (event) => {
    if (event.tag === "queue") event.waitUntil(run());
  });

  const navigate = async (event, path) => {
    try {
      const answer = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE_MS) });
      made.set(event.resultingClientId, answer.headers.get("X-Roadworks-Version"));
      return answer;
    } catch (fault) {
      const shelf = await caches.open(SHELLS);
      const shell = await shelf.match(INSTEAD[path] ?? "/queue");
      if (!shell) throw fault;
      made.set(event.resultingClientId, shell.headers.get("X-Roadworks-Version"));
      return shell;
    }
  };

  const file = async (event) => {
    const shelf = await caches.open(SHELF);
    const kept = await shelf.match(event.request, { ignoreSearch: true });
    if (kept && made.get(event.clientId) === version) return kept;
    try {
      return await fetch(event.request);
    } catch (fault) {
      if (!kept) throw fault;
      return kept;
    }
  };

  self.addEventListener("fetch", (event) => {
    const { pathname, origin } = new URL(event.request.url);
    if (origin !== self.location.origin || event.request.method !== "GET") return;
    if (event.request.mode === "navigate") event.respondWith(navigate(event, pathname));
    else if (files.includes(pathname)) event.respondWith(file(event));
  });
}
