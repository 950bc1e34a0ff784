// The service worker: keeps the pages of the street and their files, and answers from them when the network does not.
import { atMost } from "./patience.js";
import { run } from "./queue.js";
import { waiting } from "./records.js";
import { PICTURES, SHELLS, asOf, letGo, madeBy, plain, remember, shelfOf } from "./shelves.js";
import { get, put, remove, together } from "./store.js";

export default function start({ version, files, former }) {
  const SHELF = shelfOf(version);
  const INSTEAD = { "/defects/new": "/street/new", "/street/new": "/street/new", "/queue": "/queue", "/street/guide": "/street/guide", "/rounds/today": "/street/round", "/rounds": "/street/round", "/street/round": "/street/round", "/nearby": "/street/nearby", "/street/nearby": "/street/nearby", "/": "/street/orders" };
  const instead = (path) => INSTEAD[path] ?? (/^\/(workorders|street\/orders)\b/.test(path) ? "/street/orders" : null);
  const [PATIENCE_MS, BRIEF_MS, SLOW_MS] = [6000, 1000, 60000];
  const STORE_MS = 1000;
  const PICTURE = /\/static\/[0-9a-f]{10}\/guide\/[\w-]+\.png/g;

  self.addEventListener("install", (event) => {
    event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(files)));
  });

  self.addEventListener("activate", (event) => {
    event.waitUntil(self.clients.claim().then(() => letGo(version)));
  });

  // Whether the form may be shown before the network is asked: as long as who is signed in stays the same, and so do
  // language and version. It stands in the store, for the worker forgets.
  const FORM = "/street/new";
  let turns = 0;
  const nobody = () => { turns += 1; return remove("pack", "who"); };
  const somebody = (turn) => (turn === turns ? put("pack", { name: "who", version }) : null);
  const same = async () => {
    const kept = Promise.all([get("pack", "who"), together(["pack"], "readonly", (rows) => rows.getKey("district"))]).catch(() => []);
    // A store that does not answer stands before no page.
    const [who, around] = await atMost(STORE_MS, kept, []);
    return who?.version === version && around && !self.registration.waiting;
  };

  // The pages that this person may open, as a page told; without that, those that are kept already. Gives whether the form
  // is kept as the server draws it for who is signed in now: its menu is that of their role.
  const keepShells = async (told) => {
    const shelf = await caches.open(SHELLS);
    const turn = turns;
    let own = false;
    const wanted = told ?? (await shelf.keys()).map(({ url }) => new URL(url).pathname);
    await Promise.all(wanted.map(async (address) => {
      const mark = (await shelf.match(address))?.headers.get("ETag");
      const headers = mark ? { "If-None-Match": mark } : {};
      const answer = await fetch(address, { redirect: "manual", cache: "no-store", headers }).catch(() => null);
      // Who is not signed in any more, or may not file any more, is asked to sign in or told so the next time.
      if (address === FORM && (answer?.type === "opaqueredirect" || answer?.status === 403)) await nobody();
      // A page of another version would meet this version's files; one that was asked for before somebody else signed in
      // is not theirs.
      const fits = answer?.ok && answer.headers.get("X-Roadworks-Version") === version && turn === turns;
      if (fits) await shelf.put(address, answer);
      if (address === FORM) own = fits || answer?.status === 304;
    }));
    return own;
  };

  // The guide's pictures, in the language of the guide that is kept, and no others.
  const keepPictures = async () => {
    const guide = await caches.match("/street/guide", { cacheName: SHELLS });
    const shelf = await caches.open(PICTURES);
    const shown = (await guide?.text() ?? "").match(PICTURE) ?? [];
    for (const { url } of await shelf.keys()) if (!shown.includes(new URL(url).pathname)) await shelf.delete(url);
    for (const address of shown) if (!(await shelf.match(address))) await shelf.add(address).catch(() => {});
  };

  // Who signs out leaves what is not sent: the page that shows it names nobody, and stays.
  const leave = async () => {
    const shelf = await caches.open(SHELLS);
    for (const kept of await shelf.keys()) if (new URL(kept.url).pathname !== "/queue") await shelf.delete(kept);
  };

  self.addEventListener("message", (event) => {
    const turn = turns;
    if (event.data.keep) event.waitUntil(keepShells(event.data.keep).then((own) => own && somebody(turn)).then(keepPictures).then(() => letGo(version)));
    if (event.data === "update") event.waitUntil(keepShells().then(() => self.skipWaiting()));
    if (event.data === "leave") event.waitUntil(leave());
  });

  // The browser asks when there is network, and asks again where that went in the middle. A pause is no reason not to try.
  const sync = async () => {
    await run({ forced: true });
    // No page may be open that counts what is left, on the icon of the app.
    const left = await waiting();
    (left.length ? self.navigator.setAppBadge?.(left.length) : self.navigator.clearAppBadge?.())?.catch(() => {});
    const cut = ({ state, why }) => state === "waiting" && ["away", "busy", "cut", "missing", "damaged"].includes(why);
    if (left.some(cut)) throw new Error("not all has gone");
  };
  self.addEventListener("sync", (event) => {
    if (event.tag === "queue") event.waitUntil(sync());
  });

  // A server that cannot answer stands before no page that lies here. Nor does an ended sign-in before what waits here:
  // who may not sign in any more still gets at the rescue file.
  const barred = async ({ status, type }, path) => status >= 500
    || (path === "/queue" && type === "opaqueredirect" && (await waiting().catch(() => [])).length > 0);

  // A kept page that stands in tells why: "away", "slow", or the number by which the server fails.
  const telling = async (shell, why) => {
    const headers = new Headers(shell.headers);
    for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
    return new Response((await shell.text()).replace("<body ", `<body data-failed="${why}" `), { headers });
  };

  // Patience is for the head of an answer: a body that comes slowly comes whole.
  const within = (patience, request) => {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(new DOMException("no answer yet", "TimeoutError")), patience);
    return fetch(request, { signal: end.signal }).finally(() => clearTimeout(timer));
  };

  // Pages that are the same with network: the queue; the form, bare, for the next defect or gone on with, which fills itself.
  const early = ({ pathname: path, search, searchParams: query }) => path === "/queue" || (path === "/defects/new" && (!search || query.has("next") || query.has("record")));
  // Until when a network that gave no answer in time is not waited for so long again.
  let slow = 0;

  const navigate = async (event, address) => {
    const path = address.pathname;
    const shelf = await caches.open(SHELLS);
    const own = instead(path);
    const kept = own ? await shelf.match(own) : undefined;
    if (kept?.headers.get("X-Roadworks-Version") === version && early(address) && await same()) {
      remember(event, version);
      event.waitUntil(keepShells([...new Set([FORM, own])]));
      return kept;
    }
    const lost = (fault) => ({ fault });
    const patience = kept && slow > Date.now() ? BRIEF_MS : PATIENCE_MS;
    const answer = await within(patience, event.request).catch(lost);
    const away = Boolean(answer.fault);
    slow = answer.fault?.name === "TimeoutError" ? Date.now() + SLOW_MS : 0;
    const shell = away || await barred(answer, path) ? kept ?? (away ? await shelf.match("/queue") : undefined) : undefined;
    if (away && !shell) throw answer.fault;
    const shown = shell ?? answer;
    remember(event, shown.headers.get("X-Roadworks-Version"));
    const why = away ? { TimeoutError: "slow" }[answer.fault.name] ?? "away" : answer.status;
    return shell && (away || why >= 500) ? telling(shell, why) : shown;
  };

  // A file's address bears the mark of its content. A page of an older version is given that version's files as long as
  // they are kept; under a plain name, an older mark or a `former` name this version's are only for its own pages, or
  // where there is no network.
  const known = new Map([...files.map((address) => [plain(address), address]), ...Object.entries(former)]);
  const file = async (event, path) => {
    const mark = await madeBy(event.clientId);
    const older = mark === version ? undefined : await asOf(mark, path);
    if (older) return older;
    const kept = known.has(plain(path)) ? await caches.match(known.get(plain(path)), { cacheName: SHELF }) : undefined;
    if (kept && (files.includes(path) || mark === version)) return kept;
    try {
      return await fetch(event.request);
    } catch (fault) {
      if (!kept) throw fault;
      return kept;
    }
  };

  self.addEventListener("fetch", (event) => {
    const address = new URL(event.request.url);
    const { pathname, origin } = address;
    if (origin !== self.location.origin) return;
    if (event.request.method === "POST" && ["/login", "/logout", "/language"].includes(pathname)) event.waitUntil(nobody());
    if (event.request.method !== "GET") return;
    if (event.request.mode === "navigate") event.respondWith(navigate(event, address));
    else if (pathname.match(PICTURE)) event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
    else if (pathname.includes("/static/")) event.respondWith(file(event, pathname));
  });
}
