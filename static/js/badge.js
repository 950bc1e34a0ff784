// What the head says of the records on this phone: how many are not sent, and whether somebody must sign in for that; where
// none is, what is only begun. What this person is to decide on is told beside it, and is not among those.
import { daysSince } from "./dates.js";
import { me } from "./person.js";
import { stuck } from "./records.js";

// From how many days on what waits is old, and how many it has waited.
export const OLD_DAYS = 3;
export const waited = (records) => daysSince(Math.min(...records.map(({ at }) => at)));

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
  const decide = mine.filter(stuck).length;
  const waiting = unsent.length - decide;
  const counts = {
    login: mine.some(({ state, why }) => state === "waiting" && why === "signed out") ? waiting : 0,
    waiting,
    begun: records.filter(({ state, kind, id, person }) => state === "draft" && (kind === "filing" || kind === "step") && person === me() && id !== here).length,
  };
  own = mine.length;
  const shows = Object.keys(counts).find((name) => counts[name]);
  link.hidden = !shows && !decide;
  link.firstElementChild.hidden = !shows;
  link.dataset.shows = decide ? "stuck" : shows ?? "";
  link.querySelector("b").textContent = String(counts[shows] ?? 0);
  link.querySelector("strong").textContent = String(decide);
  for (const words of link.querySelectorAll("[data-say]")) words.hidden = words.dataset.say === "stuck" ? !decide : words.dataset.say !== shows;
  if (navigator.setAppBadge) (unsent.length ? navigator.setAppBadge(unsent.length) : navigator.clearAppBadge()).catch(() => {});
  warn(unsent);
}

// What waits long may be cleared with the page (an iPhone's 7 days): said wherever the count stands.
function warn(records) {
  const box = document.querySelector("[data-waited]");
  const days = waited(records);
  if (!box) return;
  box.hidden = !(days >= OLD_DAYS);
  box.querySelector("a").textContent = box.dataset.waited.replace("{days}", days);
}
