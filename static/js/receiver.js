// The phone's receiver: the place now stands in `known`, the best of late is kept; each fix and each failure is told.
import { DOUBTFUL_M, apart } from "./metres.js";
import { remember } from "./pack.js";
import { atMost } from "./patience.js";

// From here on a fix is as good as it need be; how long one holds; and how long somebody waits for one.
export const GOOD_M = 10;
const OLD_MS = 20000;
const PATIENCE_MS = 5000;
const ASKED = { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 };

export default function receiver(known, watched, { heard, silent, wait }) {
  let [best, lost] = [null, false];
  let watching, ageing, came;

  // A fix of a while ago is where somebody was. By the phone's own clock: not every receiver's is right.
  const fresh = () => Boolean(best) && Math.abs(Date.now() - best.at) <= OLD_MS;
  const drop = () => { best = null; delete known.now; };
  const fixed = ({ coords }) => {
    const fix = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: Date.now() };
    known.now = fix;
    lost = false;
    clearTimeout(ageing);
    if (watched) ageing = setTimeout(renew, OLD_MS - PATIENCE_MS);
    came?.();
    if (fix.accuracy <= DOUBTFUL_M) remember(fix);
    const moved = best && apart(best, fix) > Math.max(GOOD_M, fix.accuracy);
    if (!fresh() || moved || fix.accuracy <= best.accuracy) best = fix;
    heard(fix);
  };
  const failed = () => {
    if (!fresh()) {
      drop();
      lost = true;
      came?.();
    }
    silent();
  };
  const watch = () => {
    navigator.geolocation.clearWatch(watching);
    watching = navigator.geolocation.watchPosition(fixed, failed, ASKED);
  };
  // One that says nothing any more (on an iPhone after the camera, say) is begun anew; gives when it has said something.
  const anew = () => {
    drop();
    wait();
    watch();
    return atMost(PATIENCE_MS, new Promise((done) => { came = done; }));
  };
  // Asked for again before it is old: then there is nothing to tell.
  const renew = () => { watch(); ageing = setTimeout(anew, PATIENCE_MS); };
  const take = () => new Promise((done, not) => {
    navigator.geolocation.getCurrentPosition((fix) => { fixed(fix); done(known.now); }, () => { failed(); not(); }, ASKED);
  });
  return { best: () => best, lost: () => lost, fresh, watch, anew, take };
}
