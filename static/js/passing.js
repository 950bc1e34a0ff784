// Which sections have been passed: a section's line is cut into steps, positions near it cover them, and when enough of
// its length is covered it is passed. The numbers are the server's (rounds/rules.py); nothing of this leaves the phone.
import { along } from "./metres.js";

const STEP_M = 20;
// Between two positions on the same section what lies between is covered too, up to this far and this long.
const LEAP_M = 300;
const LEAP_MS = 600000;

// `cover`: section → { steps: [numbers], count, at, time }, kept so that a restarted phone goes on where it was.
export function pass(sections, rule, cover, { lon, lat, accuracy, time }) {
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
