// The pin on a map that chooses a place: dragged, set by a tap, or moved by the arrow keys; and the circle of exactness.
import { colour } from "./map.js";
import { DOUBTFUL_M, METRES } from "./metres.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const FAR_M = 10;

export default function pin(L, chart, box, out, back) {
  const [lonName, latName] = box.dataset.pick.split(",");
  const fields = box.closest("form").elements;
  const round = L.svg();
  let mark = null;
  let circle = null;

  const choose = (lon, lat) => {
    put(lon, lat);
    fields.namedItem(lonName).value = lon.toFixed(7);
    fields.namedItem(latName).value = lat.toFixed(7);
    circle?.remove();
    mark.getElement().classList.remove("not-set");
    box.dispatchEvent(new CustomEvent("position-picked", { bubbles: true, detail: { lon, lat } }));
  };
  const key = (event) => {
    const [x, y] = back(mark.getLatLng());
    const step = STEPS[event.key];
    if (!step && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const metres = (event.shiftKey ? FAR_M : 1) / METRES;
    const [east, north] = step ?? [0, 0];
    choose(x + (east * metres) / Math.cos((y * Math.PI) / 180), y + north * metres);
    chart.panInside(mark.getLatLng(), { padding: [48, 48], animate: false });
  };
  const put = (lon, lat) => {
    if (!mark) {
      mark = L.marker(out(lon, lat), { draggable: true, autoPan: true, icon: L.divIcon({ className: "pin", iconSize: [44, 44], iconAnchor: [22, 44] }) }).addTo(chart);
      mark.on("dragend", () => choose(...back(mark.getLatLng())));
      mark.getElement().setAttribute("aria-label", box.dataset.drag);
      mark.getElement().addEventListener("keydown", key);
    }
    mark.setLatLng(out(lon, lat));
  };
  const set = ({ lon, lat, accuracy }) => {
    chart.invalidateSize();
    put(lon, lat);
    mark.getElement().classList.remove("not-set");
    circle?.remove();
    circle = null;
    if (!accuracy) { chart.setView(out(lon, lat), Math.max(18, chart.getZoom())); return; }
    const ink = colour(accuracy > DOUBTFUL_M ? "safety" : "action");
    circle = L.circle(out(lon, lat), { radius: accuracy, color: ink, weight: 2, fillOpacity: 0.12, dashArray: accuracy > DOUBTFUL_M ? "6 6" : null, className: "exactness", interactive: false, renderer: round }).addTo(chart);
    chart.fitBounds(circle.getBounds(), { maxZoom: 18, animate: false });
  };

  chart.on("click", (event) => choose(...back(event.latlng)));
  box.parentElement.addEventListener("position-set", ({ detail }) => set(detail));
  // Opened by hand: the pin waits in the middle, or on the section that is chosen, until it is set.
  const open = () => {
    chart.invalidateSize();
    if (mark) return;
    const { start } = box.parentElement.dataset;
    const [x, y] = start ? start.split(",").map(Number) : back(chart.getCenter());
    put(x, y);
    mark.getElement().classList.add("not-set");
    chart.setView(out(x, y), start ? 17 : chart.getZoom(), { animate: false });
  };
  box.parentElement.addEventListener("position-open", open);
  const [lon, lat] = [fields.namedItem(lonName).value, fields.namedItem(latName).value];
  if (lat) set({ lon: Number(lon), lat: Number(lat), accuracy: Number(fields.namedItem("accuracy_m")?.value) });
  else if (!box.parentElement.hidden) open();
}
