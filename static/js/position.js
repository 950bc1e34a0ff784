// Where the defect is: the best fix while the page is open, taken at the shutter; the pin can be moved; nothing in silence.
import { nearest } from "./pack.js";

const GOOD_M = 10;
const DOUBTFUL_M = 50;

export default function position(box) {
  const form = box.form;
  const field = (name) => form.elements.namedItem(name);
  const said = box.querySelector("[data-fix]");
  const take = box.querySelector("[data-take]");
  const chart = box.querySelector("[data-map]");
  const words = box.dataset;
  let best = null;

  // A photo may be taken before the first fix arrives: then that fix is the one.
  const shot = () => form.querySelector("[data-shot]") !== null;
  const tell = (text) => { said.textContent = text; };
  const show = () => {
    chart.hidden = false;
    chart.dispatchEvent(new CustomEvent("position-set", {
      detail: { lon: Number(field("lon").value), lat: Number(field("lat").value), accuracy: Number(field("accuracy_m").value) },
    }));
  };

  const propose = async () => {
    const query = new URLSearchParams({ lon: field("lon").value, lat: field("lat").value });
    const answer = await fetch(`${words.near}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const sections = answer?.ok ? (await answer.json()).sections : await nearest(Number(field("lon").value), Number(field("lat").value));
    const select = field("section_id");
    if (sections.length && !select.dataset.chosen) {
      select.value = String(sections[0].id);
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  const use = (fix) => {
    field("lon").value = fix.coords.longitude.toFixed(7);
    field("lat").value = fix.coords.latitude.toFixed(7);
    field("accuracy_m").value = String(Math.round(fix.coords.accuracy));
    field("position_source").value = "gps";
    field("found_at").value = new Date(fix.timestamp).toISOString();
    const metres = Math.round(fix.coords.accuracy);
    const word = metres <= GOOD_M ? words.wordGood : metres > DOUBTFUL_M ? words.wordMove : "";
    tell(`±${metres} m ${word}`);
    show();
    propose();
  };

  const failed = () => { if (!best && !field("lat").value) tell(words.wordNone); };
  const options = { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 };

  field("section_id").addEventListener("change", (event) => {
    if (event.isTrusted) event.target.dataset.chosen = "1";
  });
  form.addEventListener("position-picked", (event) => {
    field("position_source").value = "map";
    field("accuracy_m").value = "";
    tell(`${event.detail.lon.toFixed(6)}, ${event.detail.lat.toFixed(6)}`);
    propose();
  });
  if (field("lat").value) show();
  if (!navigator.geolocation) return;
  take.hidden = false;
  take.addEventListener("click", () => {
    tell(words.wordWait);
    navigator.geolocation.getCurrentPosition(use, failed, options);
  });
  if (words.moment !== "watch" || field("lat").value) return;
  tell(words.wordWait);
  navigator.geolocation.watchPosition((fix) => {
    const fresh = best && fix.timestamp - best.timestamp > 20000;
    if (!best || fresh || fix.coords.accuracy <= best.coords.accuracy) best = fix;
    if (shot() && !field("lat").value) use(best);
    else if (!field("lat").value && best.coords.accuracy <= DOUBTFUL_M) tell(`±${Math.round(best.coords.accuracy)} m`);
  }, failed, options);
  // Who takes no photo still stands somewhere when sending.
  form.addEventListener("submit", () => { if (best && !field("lat").value) use(best); }, { capture: true });
  // The position belongs to the moment of the photo, not to the moment of sending.
  form.addEventListener("shutter", () => { if (best) use(best); else navigator.geolocation.getCurrentPosition(use, failed, options); });
}
