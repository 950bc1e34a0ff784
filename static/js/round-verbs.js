// Starting, pausing, going on with and ending a round, by its buttons; while it is walked the screen stays on.
import { attempt } from "./queue.js";
import { clientId, provisional } from "./records.js";
import { running } from "./round-here.js";
import { closed, pausing } from "./round-keep.js";
import { all, get, put, remove } from "./store.js";

let lock = null;
const wake = () => { navigator.wakeLock?.request("screen").then((held) => { lock = held; }).catch(() => null); };

// A browser lets the screen go whenever the page is hidden.
function stayAwake(walk) {
  const stay = () => { if (!document.hidden && walk.record?.open && !walk.paused()) wake(); };
  document.addEventListener("visibilitychange", stay);
  stay();
}

async function start(walk, words, person, draw) {
  wake();
  // Another tab may have begun one meanwhile.
  walk.record = (await all("records")).find(running(person));
  walk.cover = walk.record ? (await get("pack", "walked"))?.cover ?? {} : {};
  if (walk.record) return draw();
  const id = clientId();
  const at = Date.now();
  const fields = { started_at: new Date(at).toISOString(), ended_at: null, pauses: [], ticks: [], weather: "", note: "" };
  walk.record = { id, kind: "round", person, at, rev: 0, number: provisional(id, at), title: words.wordTitle, fields };
  await put("pack", { name: "walked", round: id, cover: walk.cover }).catch(() => null);
  return walk.keep(() => ({}));
}

async function end(walk, form, ending, draw) {
  const said = (name) => form.elements.namedItem(name).value;
  // A pause that is still open ends with the round, not a moment after it.
  const at = walk.stamp();
  await walk.keep(closed(at, { ended_at: at, weather: said("weather") || walk.record.fields.weather, note: said("note").trim() }));
  ending.open = false;
  lock?.release().catch(() => null);
  await remove("pack", "walked").catch(() => null);
  await attempt(walk.record.id);
  await draw();
}

export default function roundVerbs(live, words, walk, { person, draw, failed }) {
  const ending = live.querySelector("[data-ending]");
  const verbs = {
    start: () => start(walk, words, person, draw),
    pause: () => walk.keep(pausing(walk.stamp())),
    resume: () => { wake(); return walk.keep(closed(walk.stamp())); },
    end: (form) => end(walk, form, ending, draw),
  };
  for (const button of live.querySelectorAll("[data-do]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      button.disabled = true;
      verbs[button.dataset.do](button.form).catch(failed).finally(() => { button.disabled = false; });
    });
  }
  for (const name of ["weather", "note"]) if (walk.record?.open) ending.querySelector(`[name=${name}]`).value = walk.record.fields[name] ?? "";
  stayAwake(walk);
}
