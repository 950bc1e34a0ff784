// Places in walking order on the map, numbered as in the list beside it; the list stays the way for who sees no map.
import { colour } from "./map.js";

// Markers are as large as a finger; what would lie under another shares its marker.
const TARGET_PX = 44;
const SHORT = 5;

// 2, 3, 4, 9 → "2–4, 9".
function ranges(numbers) {
  const runs = [];
  for (const n of numbers) {
    if (runs.at(-1)?.[1] === n - 1) runs.at(-1)[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

export default function stops(L, chart, box, out) {
  const list = document.getElementById(box.dataset.stops);
  const way = L.layerGroup().addTo(chart);
  const markers = L.layerGroup().addTo(chart);
  // Lines need no whole steps of zoom: the way fills the map.
  chart.options.zoomSnap = 0.1;
  let spots = [];

  const groups = () => {
    const found = [];
    for (const spot of spots) {
      const at = chart.latLngToLayerPoint(spot.point);
      const under = found.find((group) => Math.abs(group.at.x - at.x) < TARGET_PX && Math.abs(group.at.y - at.y) < TARGET_PX);
      if (under) under.spots.push(spot);
      else found.push({ at, spots: [spot] });
    }
    return found;
  };

  const marker = ({ spots: mine }) => {
    const [{ item, point, number }] = mine;
    const all = ranges(mine.map((spot) => spot.number));
    const text = document.createElement("b");
    text.textContent = all.length <= SHORT ? all : `${number} …`;
    const name = mine.length > 1 ? all : `${all} · ${item.querySelector("h2").textContent.trim()}`;
    const late = mine.some((spot) => spot.item.classList.contains("late"));
    const icon = L.divIcon({ html: text, className: `stop-mark${late ? " late" : ""}`, iconSize: [TARGET_PX, TARGET_PX] });
    const made = L.marker(point, { icon, title: name });
    made.on("add", () => made.getElement().setAttribute("aria-label", name));
    made.on("click keypress", () => {
      item.scrollIntoView({ block: "center" });
      item.focus();
    });
    return made;
  };

  const mark = () => {
    markers.clearLayers();
    for (const group of groups()) marker(group).addTo(markers);
  };

  const draw = () => {
    way.clearLayers();
    spots = [...list.querySelectorAll("li[data-lon]")].map((item, n) => ({ item, number: n + 1, point: out(Number(item.dataset.lon), Number(item.dataset.lat)) }));
    const here = list.dataset.lat ? out(Number(list.dataset.lon), Number(list.dataset.lat)) : null;
    const points = [here, ...spots.map(({ point }) => point)].filter(Boolean);
    if (points.length) {
      L.polyline(points, { color: colour("action"), weight: 3, dashArray: "2 7", interactive: false }).addTo(way);
      if (here) L.circleMarker(here, { radius: 20, color: colour("safety"), weight: 4, fill: false, interactive: false }).addTo(way);
      chart.fitBounds(L.latLngBounds(points), { padding: [28, 28], maxZoom: 18, animate: false });
    }
    mark();
  };
  list.addEventListener("cards-drawn", draw);
  chart.on("zoomend", mark);
  draw();
}
