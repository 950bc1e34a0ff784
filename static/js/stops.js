// Places in walking order on the map, numbered as in the list beside it; the list stays the way for who sees no map.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export default function stops(L, chart, box, out) {
  const list = document.getElementById(box.dataset.stops);
  // Lines need no whole steps of zoom: the way fills the map.
  chart.options.zoomSnap = 0.1;
  const layer = L.layerGroup().addTo(chart);

  // What lies on the same spot, one after the other in walking order, shares a marker: 3–5.
  const spots = () => {
    const found = [];
    for (const [n, item] of [...list.querySelectorAll("li[data-lon]")].entries()) {
      const place = `${Number(item.dataset.lon).toFixed(5)},${Number(item.dataset.lat).toFixed(5)}`;
      const last = found.at(-1);
      if (last?.place === place) last.to = n + 1;
      else found.push({ place, from: n + 1, to: n + 1, item, point: out(Number(item.dataset.lon), Number(item.dataset.lat)) });
    }
    return found;
  };

  const marker = ({ from, to, item, point }) => {
    const number = document.createElement("b");
    number.textContent = from === to ? String(from) : `${from}–${to}`;
    const name = `${number.textContent} · ${item.querySelector("h2").textContent.trim()}`;
    const icon = L.divIcon({ html: number, className: `stop-mark${item.classList.contains("late") ? " late" : ""}`, iconSize: [44, 44] });
    const made = L.marker(point, { icon, title: name, zIndexOffset: -from * 10 });
    made.on("add", () => made.getElement().setAttribute("aria-label", name));
    made.on("click keypress", () => {
      item.scrollIntoView({ block: "center" });
      item.focus();
    });
    return made;
  };

  const draw = () => {
    layer.clearLayers();
    const here = list.dataset.lat ? out(Number(list.dataset.lon), Number(list.dataset.lat)) : null;
    const way = spots();
    const points = [here, ...way.map(({ point }) => point)].filter(Boolean);
    if (!points.length) return;
    L.polyline(points, { color: colour("action"), weight: 3, dashArray: "2 7", interactive: false }).addTo(layer);
    if (here) L.circleMarker(here, { radius: 20, color: colour("safety"), weight: 4, fill: false, interactive: false }).addTo(layer);
    for (const spot of way) marker(spot).addTo(layer);
    chart.fitBounds(L.latLngBounds(points), { padding: [28, 28], maxZoom: 18, animate: false });
  };
  list.addEventListener("cards-drawn", draw);
  draw();
}
