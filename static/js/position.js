// Where the defect is: watched while the page is open, taken at the shutter. How exact it is stands on the map and in
// words, and what is not exact enough goes nowhere before the person has looked at it.
import { askedRecord } from "./form.js";
import { DOUBTFUL_M, apart, written } from "./metres.js";
import { nearest, sections } from "./pack.js";
import { atMost } from "./patience.js";
import receiver, { GOOD_M } from "./receiver.js";

const WALKED_M = 15;
const KEEP_M = 30;
const LATE_MS = 30000;
const REST_MS = 300;
const PATIENCE_MS = 5000;
const SOURCE = { shot: "gps", now: "gps", exif: "photo", pin: "map" };

// The section of a position: the one that is chosen already if it is near enough, else the nearest, which the phone may
// not have known. Gives what looks for it, which gives the nearest.
function finder(form, address, here) {
  const select = form.elements.namedItem("section_id");
  let asked = 0;
  let finding;

  const search = async () => {
    const mine = (asked += 1);
    const at = here();
    // A phone without sections of its own waits longer.
    const patience = (await sections()).length ? PATIENCE_MS : LATE_MS;
    const said = await fetch(`${address}?${new URLSearchParams(at)}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(patience) }).then((answer) => answer.json()).catch(() => null);
    const found = said?.sections ?? await nearest(at.lon, at.lat);
    if (mine !== asked || !found.length) return null;
    const stays = found.some((section) => String(section.id) === select.value && section.distance_m <= KEEP_M);
    if (!select.dataset.chosen) {
      if (![...select.options].some(({ value }) => value === String(found[0].id))) select.append(new Option(found[0].name, found[0].id));
      if (!stays) select.value = String(found[0].id);
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return found[0];
  };

  select.addEventListener("change", (event) => {
    if (event.isTrusted) select.dataset.chosen = select.value;
  });
  // Who sends before it is found waits for it, but one that has been found is not held up long by looking again. Where the
  // network does not answer in time, the phone knows the sections.
  form.addEventListener("settle", ({ detail }) => detail.push(select.value ? atMost(PATIENCE_MS, finding) : finding));
  return () => (finding = search());
}

export default function position(box) {
  const form = box.form;
  const words = box.dataset;
  const field = (name) => form.elements.namedItem(name);
  const [said, take, open, chart, sure] = ["fix", "take", "open", "map", "sure"].map((name) => box.querySelector(`[data-${name}]`));
  const tick = sure.querySelector("input");
  const known = {};
  let [choice, used] = [null, null];
  let shot = Number(form.dataset.shot ?? form.querySelector("[data-shot]")?.dataset.shot ?? 0);
  let resting;
  let held = false;

  const here = () => (field("lat").value ? { lon: Number(field("lon").value), lat: Number(field("lat").value) } : null);
  const doubtful = () => field("position_source").value === "gps" && Number(field("accuracy_m").value) > DOUBTFUL_M;
  const tell = (text, wrong = false) => { said.textContent = text; said.className = wrong ? "wrong" : "quiet"; };
  const exactness = (metres) => `±${written(metres)} · ${metres <= GOOD_M ? words.wordGood : metres > DOUBTFUL_M ? words.wordMove : words.wordFair}`;
  const pinned = ({ lat, lon }) => `${words.wordPin}${lat.toFixed(5)}, ${lon.toFixed(5)}`;
  // What stands, in words.
  const standing = () => {
    const [place, source] = [here(), field("position_source").value];
    if (!place) return exactness(phone.best().accuracy);
    if (source === "photo") return words.wordFromPhoto;
    return field("accuracy_m").value ? exactness(Number(field("accuracy_m").value)) : pinned(place);
  };
  const show = () => {
    chart.hidden = false;
    open.hidden = true;
    sure.hidden = !doubtful();
    if (here()) chart.dispatchEvent(new CustomEvent("position-set", { detail: { ...here(), accuracy: Number(field("accuracy_m").value) } }));
  };
  const stand = () => { tell(standing(), doubtful()); show(); };
  const byHand = () => import("./road.js").then((module) => module.default(box.querySelector("[data-road]")));
  const propose = finder(form, words.near, here);

  const set = (place, source) => {
    used = { ...place, source };
    field("lon").value = place.lon.toFixed(7);
    field("lat").value = place.lat.toFixed(7);
    field("accuracy_m").value = place.accuracy ? String(Math.round(place.accuracy)) : "";
    field("position_source").value = SOURCE[source];
    tick.checked = false;
    sure.classList.remove("bad");
    sure.hidden = !doubtful();
    compare();
  };
  const use = (place, source) => {
    set(place, source);
    stand();
    // Hundreds of metres away any road may be the nearest: then none is proposed.
    if (doubtful()) byHand();
    else propose();
  };
  // Places that differ from the one used are asked about.
  const compare = async () => {
    const far = used ? Object.keys(known).filter((name) => name !== used.source && apart(used, known[name]) > Math.max(WALKED_M, known[name].accuracy ?? 0)) : [];
    if (far.length) choice ??= import("./places.js").then((module) => module.default(box.querySelector("[data-choice]"), words, use));
    (await choice)?.(used, far, known);
  };

  const heard = (fix) => {
    const late = Date.now() - shot > LATE_MS;
    const mends = used?.source === "shot" && doubtful() && !tick.checked && !late && fix.accuracy < used.accuracy;
    if (mends || (shot && !here())) use((known[late ? "now" : "shot"] = fix), late ? "now" : "shot");
    else if (here()) compare();
    else tell(standing(), phone.best().accuracy > DOUBTFUL_M);
  };
  const silent = () => {
    if (phone.fresh() || here()) return;
    tell(words.wordNone, true);
    byHand();
  };
  const wait = () => { if (!here()) tell(words.wordWait); };
  const phone = receiver(known, words.moment === "watch", { heard, silent, wait });

  form.addEventListener("position-picked", ({ detail }) => {
    const { lon, lat } = detail;
    set({ lon, lat }, "pin");
    clearTimeout(resting);
    // Said once the pin rests: not at each press of a key.
    resting = setTimeout(async () => {
      const near = await propose();
      tell(`${pinned(detail)}${near ? ` · ${near.name} ${written(near.distance_m)}` : ""}`);
    }, REST_MS);
  });
  // A photo that knows where it was taken.
  form.addEventListener("photo-place", ({ detail }) => {
    known.exif = detail;
    if (here() || phone.fresh()) compare();
    else use(detail, "exif");
  });
  form.addEventListener("change", (event) => { if (event.target === form && here()) stand(); });
  open.addEventListener("click", async () => {
    const section = (await sections()).find(({ id }) => String(id) === field("section_id").value);
    // The map may not be drawn yet: where it is to open is written down.
    chart.dataset.start = section?.line[Math.floor(section.line.length / 2)] ?? "";
    show();
    chart.dispatchEvent(new CustomEvent("position-open"));
  });
  form.addEventListener("submit", (event) => {
    // Who takes no photo still stands somewhere when sending.
    if (phone.fresh() && !here()) use((known.shot = phone.best()), "shot");
    const waits = held || (phone.best() && !here());
    if (!waits && (!doubtful() || tick.checked)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waits) {
      if (!held) phone.anew().then(() => { held = false; form.requestSubmit(event.submitter); });
      held = true;
      return;
    }
    sure.classList.add("bad");
    tick.focus();
  }, { capture: true });
  // The position belongs to the moment of the photo, not to the moment of sending; what was begun before keeps its moment.
  form.addEventListener("shutter", () => {
    if (!shot && askedRecord() !== field("client_id").value) field("found_at").value = new Date().toISOString();
    shot ||= Date.now();
    if (here()) compare();
    else if (phone.fresh()) use((known.shot = phone.best()), "shot");
    else if (phone.best()) phone.anew();
    else if (navigator.geolocation && !phone.lost()) wait();
  });

  open.hidden = false;
  if (here()) stand();
  else if (words.moment !== "watch" || !navigator.geolocation) byHand();
  if (!navigator.geolocation) return;
  take.hidden = false;
  take.addEventListener("click", () => {
    tell(words.wordWait);
    phone.take().then((fix) => use(fix, "now"), () => {
      if (phone.fresh() || here()) tell(`${words.wordStays}${standing()}`, doubtful());
    });
  });
  if (words.moment !== "watch") return;
  wait();
  phone.watch();
}
