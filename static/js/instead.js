// On a kept page that stands in for one that did not come: says which, why, and what this one is, and tries again.
// Pages that the phone keeps as themselves.
const OWN = /^\/($|queue|defects\/new|rounds\/today|nearby|street\/)/;

// The words for it lie in one kept page.
async function fromQueue() {
  const queue = await caches.match("/queue", { cacheName: "roadworks-shells" });
  return new DOMParser().parseFromString(await queue.text(), "text/html").querySelector("[data-instead]");
}

export default async function instead(failed) {
  const path = location.pathname;
  const order = path.match(/^\/workorders\/(\d+)/)?.[1];
  const list = document.querySelector("[data-cards]");
  if (order && list && !list.children.length) await new Promise((done) => { list.addEventListener("cards-drawn", done, { once: true }); });
  const own = OWN.test(path) || (order && document.getElementById(`order-${order}`));
  // That there is no network stands on top of every page.
  if (own && !navigator.onLine) return;
  const box = document.querySelector("[data-instead]") ?? await fromQueue();
  const words = box.dataset;
  // As the menu calls it, with its address.
  const link = [...document.querySelectorAll(".nav a")].find(({ pathname }) => pathname !== "/" && path.startsWith(pathname));
  const page = link ? link.textContent + document.body.dataset.within.replace("#", path) : path;
  const why = words[failed] ?? words.server.replace("#", failed);
  const said = own ? [why, words.own] : [words.page.replace("#", page), why, words.other.replace("#", document.querySelector("h1").textContent)];
  document.getElementById("main").before(box);
  box.prepend(...said.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  box.querySelector("button").addEventListener("click", () => location.reload());
  box.hidden = false;
}
