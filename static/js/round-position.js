// Ticking by position, which is watched while the page is open: a section's line is cut into steps, positions near it cover
// them, and when enough of its length is covered it is passed. The numbers are the server's (rounds/rules.py); nothing of
// this leaves the phone.
import { along } from "./metres.js";
import { ticked } from "./round-keep.js";
import { put } from "./store.js";

const STEP_M = 20;
// Between two positions on the same section what lies between is covered too, up to this far and this long.
const LEAP_M = 300;
const LEAP_MS = 600000;

// `cover`: section → { steps: [numbers], count, at, time }, kept so that a restarted phone goes on where it was.
function pass(sections, rule, cover, { lon, lat, accuracy, time }) {
  if (accuracy > rule.worst_m) return { passed: [], changed: false };
  const passed = [];
  let changed = false;
  for (const { id, line } of sections) {
    const { off, at, length } = along(line, lon, lat);
    if (off > rule.near_m) continue;
    const count = Math.max(2, Math.ceil(length / STEP_M));
    const before = cover[id];
    const leap = before && Math.abs(before.at - at) <= LEAP_M && time - before.time <= LEAP_MS;
    const [from, to] = leap ? [Math.min(before.at, at), Math.max(before.at, at)] : [at, at];
    const steps = new Set(before?.steps);
    const step = (metres) => Math.min(count - 1, Math.max(0, Math.floor((metres / (length || 1)) * count)));
    for (let n = step(from); n <= step(to); n += 1) steps.add(n);
    changed ||= steps.size !== (before?.steps.length ?? 0);
    cover[id] = { steps: [...steps], count, at, time };
    const share = Math.round((100 * steps.size) / count);
    if (share >= rule.share) passed.push({ id, share });
  }
  return { passed, changed };
}

// `lines` are the sections' lines by id; `shown` is called when a section has been walked further, `failed` when how
// far cannot be kept.
export default function roundPosition(line, words, walk, { lines, shown, failed }) {
  const unpassed = () => {
    const done = walk.ticked();
    return walk.today.due.filter(({ id }) => !done.has(id) && lines.has(id)).map(({ id }) => ({ id, line: lines.get(id) }));
  };

  const moved = (fix) => {
    walk.fix = fix;
    const accuracy = Math.round(fix.coords.accuracy);
    line.textContent = `±${accuracy} m${accuracy > walk.today.rule.worst_m ? ` · ${words.wordPoor}` : ""}`;
    if (!walk.walking() || walk.paused()) return;
    const at = { lon: fix.coords.longitude, lat: fix.coords.latitude, accuracy, time: Date.now() };
    const { passed, changed } = pass(unpassed(), walk.today.rule, walk.cover, at);
    if (changed) put("pack", { name: "walked", round: walk.record.id, cover: walk.cover }).catch(failed);
    if (changed && !passed.length) shown();
    if (!passed.length) return;
    walk.keep(ticked(passed.map(({ id, share }) => ({ section_id: id, at: walk.stamp(), how: "position", share, ...walk.here() }))));
  };

  const lost = () => { line.textContent = words.wordNone; };
  lost();
  navigator.geolocation?.watchPosition(moved, lost, { enableHighAccuracy: true, maximumAge: 2000 });
}
