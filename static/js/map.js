// The map: the district's own lines on plain ground; tiles only where a server is set. What else a page shows on it
// (defects, lines, stops, a pin) comes only where it does.

const WEIGHT = { expressway: 6, arterial: 5, secondary: 4, branch: 3, lane: 2 };
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const loaded = new Map();
export function load(url, style) {
  if (!loaded.has(url)) {
    loaded.set(url, new Promise((resolve, reject) => {
      const tag = Object.assign(document.createElement(style ? "link" : "script"), style ? { rel: "stylesheet", href: url } : { src: url });
      tag.addEventListener("load", resolve);
      tag.addEventListener("error", () => reject(new Error(url)));
      document.head.append(tag);
    }));
  }
  return loaded.get(url);
}

// The library comes only where a map is seen: a hidden one waits for it, and the page does not wait for the map.
export default function map(box) {
  if (box.getClientRects().length) return draw(box);
  new IntersectionObserver((entries, watch) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    draw(box);
  }, { rootMargin: "300px" }).observe(box);
}

async function draw(box) {
  const data = box.dataset;
  try {
    await Promise.all([load(data.leaflet, false), load(data.leafletCss, true)]);
  } catch {
    box.textContent = data.failed;
    return;
  }
  const L = window.L;
  const shifted = data.datum === "gcj02" && data.tiles;
  const { toGcj02, toWgs84 } = shifted ? await import("./datum.js") : {};
  const out = (lon, lat) => { const [x, y] = shifted ? toGcj02(lon, lat) : [lon, lat]; return L.latLng(y, x); };
  const back = (point) => (shifted ? toWgs84(point.lng, point.lat) : [point.lng, point.lat]);

  const chart = L.map(box, { preferCanvas: true, maxZoom: 19, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false });
  chart.attributionControl.setPrefix(false);
  chart.setView(out(Number(data.lon), Number(data.lat)), Number(data.zoom));
  if (data.tiles) L.tileLayer(data.tiles, { attribution: data.attribution, maxZoom: 19 }).addTo(chart);
  L.control.scale({ imperial: false }).addTo(chart);

  if (data.roads) drawRoads(L, chart, data.roads, out);
  if (data.lines) await (await import("./map-lines.js")).default(L, chart, data.lines, out);
  if (data.mark) L.circleMarker(out(Number(data.lon), Number(data.lat)), { radius: 10, color: colour("safety"), weight: 4 }).addTo(chart);
  if (data.source) await (await import("./map-defects.js")).default(L, chart, data, out, back);
  if (data.stops) (await import("./stops.js")).default(L, chart, box, out);
  if (data.pick) (await import("./pin.js")).default(L, chart, box, out, back);
}

async function drawRoads(L, chart, url, out) {
  const answer = await fetch(url).catch(() => null);
  const features = answer?.ok ? (await answer.json()).features : await keptRoads();
  for (const feature of features) {
    if (!feature.geometry) continue;
    const line = feature.geometry.coordinates.map(([lon, lat]) => out(lon, lat));
    const road = feature.properties;
    const drawn = L.polyline(line, { color: colour("map-road"), weight: WEIGHT[road.grade] ?? 3, opacity: 0.75, interactive: false }).addTo(chart);
    drawn.bindTooltip(label(road), { permanent: true, direction: "center", className: "road-name" });
  }
  const names = () => chart.getContainer().classList.toggle("far", chart.getZoom() < 14);
  chart.on("zoomend", names);
  names();
}

// Without network: the sections that the phone keeps.
async function keptRoads() {
  const { sections } = await import("./pack.js");
  return (await sections()).map(({ line, road }) => ({ geometry: { coordinates: line }, properties: { name_zh: road, name_en: road } }));
}

function label(road) {
  const english = document.documentElement.lang === "en";
  const safe = document.createElement("span");
  safe.textContent = english ? road.name_en || road.name_zh : road.name_zh;
  return safe.innerHTML;
}
