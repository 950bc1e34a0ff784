// What the head says of the records on this phone: what needs this person (to sign in, to decide) is told before what goes
// by itself, and that before what is only begun.
import { stuck } from "./kept.js";
import { me } from "./said.js";

const DAY_MS = 86400000;
const OLD_DAYS = 3;

// Who signs out is told once what of theirs is on this phone only.
let own = 0;
const leaving = document.querySelector("form[action$='/logout']");
leaving?.addEventListener("submit", (event) => {
  const line = leaving.querySelector("[data-left]");
  if (!own || !line.hidden) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  line.textContent = line.dataset.left.replace("{count}", own);
  line.hidden = false;
}, { capture: true });

export default function badge(link, records) {
  const here = document.querySelector("form [name=client_id]")?.value;
  const unsent = records.filter(({ state }) => state !== "draft");
  const mine = unsent.filter(({ person }) => person === me());
  const counts = {
    login: mine.filter(({ state, why }) => state === "waiting" && why === "signed out").length,
    stuck: mine.filter(stuck).length,
    waiting: unsent.length,
    begun: records.filter(({ state, kind, id, person }) => state === "draft" && (kind === "filing" || kind === "step") && person === me() && id !== here).length,
  };
  own = mine.length;
  const shows = Object.keys(counts).find((name) => counts[name]);
  link.hidden = !shows;
  link.dataset.shows = shows ?? "";
  link.querySelector("b").textContent = String(counts[shows] ?? 0);
  for (const words of link.querySelectorAll("[data-say]")) words.hidden = words.dataset.say !== shows;
  if (navigator.setAppBadge) (unsent.length ? navigator.setAppBadge(unsent.length) : navigator.clearAppBadge()).catch(() => {});
  warn(unsent);
}

// What waits long may be cleared with the page (an iPhone's 7 days): said wherever the count stands.
function warn(records) {
  const box = document.querySelector("[data-waited]");
  const days = Math.floor((Date.now() - Math.min(...records.map(({ at }) => at))) / DAY_MS);
  if (!box) return;
  box.hidden = !(days >= OLD_DAYS);
  box.querySelector("a").textContent = box.dataset.waited.replace("{days}", days);
}
