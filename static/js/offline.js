// On every page of a signed-in person: the service worker, the count of what is not yet sent, and the offer of an update.
import { refresh, refreshRounds } from "./pack.js";
import { me } from "./person.js";
import { run } from "./queue.js";
import { waiting, watch } from "./records.js";
import { all, beginning, remove } from "./store.js";
import { ask } from "./wire.js";

const EVERY_MS = 30000;
const LOOK_MS = 60000;

// Whoever looks at the phone waits for no pause: that is asked of a server that cannot answer once a minute at most.
function looked() {
  if (Math.abs(Date.now() - Number(localStorage.getItem("looked"))) < LOOK_MS) return false;
  try { localStorage.setItem("looked", String(Date.now())); } catch { /* a full phone asks more often */ }
  return true;
}

async function badge() {
  const link = document.querySelector("[data-badge]");
  const records = (await all("records")).filter(({ state }) => state !== "sent");
  // Where the script is not kept yet, it only counts.
  const count = () => { link.querySelector("b").textContent = records.length; link.hidden = false; };
  if (link && (records.length || !link.hidden)) await import("./badge.js").then(({ default: tell }) => tell(link, records), count);
  else navigator.clearAppBadge?.().catch(() => {});
}

function tellNetwork() {
  const line = document.querySelector("[data-offline]");
  if (!line) return;
  const look = () => { line.textContent = navigator.onLine ? "" : line.dataset.word; };
  for (const name of ["online", "offline"]) addEventListener(name, look);
  look();
}

// Whether somebody has typed or taken something in a form of this page that is not sent: such a page is left alone.
let typed = false;
let fresh = null;

function offerUpdate(worker = fresh) {
  const offer = document.querySelector("[data-update]");
  fresh = worker;
  if (offer) offer.hidden = typed || !fresh;
}

function watchUpdates() {
  const begin = (event) => {
    if (event.target.form?.method !== "post" || event.target.closest("[data-no-draft]")) return;
    typed = true;
    offerUpdate();
  };
  for (const name of ["input", "change"]) document.addEventListener(name, begin, { capture: true });
  document.querySelector("[data-update] button")?.addEventListener("click", () => fresh?.postMessage("update"));
  // The version changed, by this tab or by another; a page that replaced none, or with something typed, stays as it is.
  let before = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (before && !typed) location.reload();
    before = navigator.serviceWorker.controller;
    offerUpdate(null);
  });
}

async function register() {
  if (!navigator.serviceWorker) return;
  watchUpdates();
  const registration = await navigator.serviceWorker.register("/sw.js", { type: "module", updateViaCache: "imports" });
  if (registration.waiting && navigator.serviceWorker.controller) offerUpdate(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) offerUpdate(worker);
    });
  });
  const ready = await navigator.serviceWorker.ready;
  const { shells } = document.body.dataset;
  if (shells) ready.active.postMessage({ keep: shells.split(" ") });
  if (ready.sync && (await waiting()).length) ready.sync.register("queue").catch(() => {});
}

// Without network nobody signs in: what is filed then is filed by who was here last.
function isHere(person) {
  localStorage.setItem("person", person);
  localStorage.removeItem("left");
  sessionStorage.removeItem("before");
}

export default async function offline() {
  tellNetwork();
  const { failed } = document.body.dataset;
  if (failed) import("./instead.js").then(({ default: instead }) => instead(failed));
  if (!globalThis.indexedDB) return;
  if (sessionStorage.getItem("told-step")) import("./flash.js").then(({ default: flash }) => flash());
  if (document.body.dataset.person) isHere(document.body.dataset.person);
  // Who signed in may have been led to a page that names nobody, as that of the queue does: the server says who it is.
  else if (!me()) ask("/sync/1/hello").then(({ said }) => isHere(said.person.id)).then(() => me() && location.reload()).catch(() => {});
  const send = (how) => run(how).then((why) => Promise.all([badge(), why === "closed" && import("./hand-in.js").then(({ default: handIn }) => handIn())])).catch((fault) => console.info("the queue stands:", fault.message));
  watch(badge);
  addEventListener("online", () => send({ forced: true }));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send({ forced: looked() }); });
  setInterval(() => send(), EVERY_MS);
  document.querySelector("form[action$='/logout']")?.addEventListener("submit", () => {
    navigator.serviceWorker?.controller?.postMessage("leave");
    // What is still on its way is not kept any more.
    document.documentElement.dataset.leaving = "yes";
    for (const name of ["district", "rounds", "orders", "nearby", beginning("thumb:")]) remove("pack", name);
    localStorage.setItem("left", "yes");
    for (const name of ["place", "spot", "bell"]) localStorage.removeItem(name);
  });
  // Registering may fail where the browser forbids it: pages work without.
  register().catch((fault) => console.info("no service worker:", fault.message));
  // A phone without room files all the same; it only knows less of what is around.
  const notKept = (name) => (fault) => console.info(`${name} is not kept:`, fault.message);
  const person = document.body.dataset.person;
  const filing = document.querySelector("[data-module=filing]");
  // The form is shown before the network is asked, and names nobody.
  const around = person || filing ? refresh().catch(notKept("the pack")) : null;
  if (document.querySelector("nav a[href='/rounds/today']")) refreshRounds().catch((fault) => console.info("what is due is not kept:", fault.message));
  // The filing page is to be there at once; every other page brings the orders, and what is near with its pictures.
  if (person && !filing) {
    import("./head.js").then(({ note }) => note()).catch(notKept("the bell"));
    import("./orders-pack.js").then((module) => module.refresh()).catch(notKept("what is on order"));
    if (document.querySelector("[data-badge]")) import("./nearby-pack.js").then(({ bring }) => bring(around)).catch(notKept("what is near"));
  }
  await badge();
  send({ forced: looked() });
}
