// The map: the district's own lines on plain ground, defects as shapes by state; tiles only where a server is set.

const PART = { filed: 0, confirmed: 0.25, ordered: 0.5, mended: 0.75, closed: 1 };
const SIZE = { emergency: 30, severe: 26, moderate: 22, slight: 18 };
const WEIGHT = { expressway: 6, arterial: 5, secondary: 4, branch: 3, lane: 2 };
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const loaded = new Map();
function load(url, style) {
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

function shape(properties) {
  const size = SIZE[properties.severity] ?? 22;
  const part = PART[properties.state];
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "-12 -12 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  const ink = properties.severity === "emergency" ? colour("safety") : properties.state === "closed" ? colour("good") : colour("action");
  const add = (name, attributes) => {
    const node = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  if (part === undefined) {
    add("rect", { x: -8, y: -8, width: 16, height: 16, fill: colour("surface"), stroke: colour("quiet"), "stroke-width": 3 });
    return svg;
  }
  add("circle", { r: 10, fill: colour("surface"), stroke: ink, "stroke-width": 3 });
  if (part === 1) add("circle", { r: 10, fill: ink });
  else if (part > 0) {
    const angle = part * 2 * Math.PI;
    add("path", { d: `M0 0V-10A10 10 0 ${part > 0.5 ? 1 : 0} 1 ${10 * Math.sin(angle)} ${-10 * Math.cos(angle)}Z`, fill: ink });
  }
  return svg;
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
  if (data.lines) await drawLines(L, chart, data.lines, out);
  if (data.mark) L.circleMarker(out(Number(data.lon), Number(data.lat)), { radius: 10, color: colour("safety"), weight: 4 }).addTo(chart);
  if (data.source) await drawDefects(L, chart, data, out, back);
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

// The stretches that the page is about: over the roads, and the map opens on them.
async function drawLines(L, chart, url, out) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return;
  const { features } = await answer.json();
  const drawn = features.filter((feature) => feature.geometry);
  const lines = drawn.map((feature) => feature.geometry.coordinates.map(([lon, lat]) => out(lon, lat)));
  // `ink` and `dash` paint a line by how it stands; the widest ground goes first, so that crossings stay clear.
  for (const line of lines) L.polyline(line, { color: colour("surface"), weight: drawn[0].properties.ink ? 9 : 13, interactive: false }).addTo(chart);
  for (const [place, line] of lines.entries()) {
    const { ink, dash } = drawn[place].properties;
    L.polyline(line, { color: colour(ink ?? "action"), weight: ink ? 5 : 8, dashArray: dash || null, lineCap: dash ? "butt" : "round", interactive: false }).addTo(chart);
  }
  if (lines.length) chart.fitBounds(L.latLngBounds(lines.flat()).pad(0.2), { maxZoom: 17, animate: false });
}

function label(road) {
  const english = document.documentElement.lang === "en";
  const safe = document.createElement("span");
  safe.textContent = english ? road.name_en || road.name_zh : road.name_zh;
  return safe.innerHTML;
}

async function drawDefects(L, chart, data, out, back) {
  await Promise.all([load(data.cluster, false), load(data.clusterCss, true)]).catch(() => null);
  const layer = L.markerClusterGroup
    ? L.markerClusterGroup({ showCoverageOnHover: false, animate: false, maxClusterRadius: 64, iconCreateFunction: (group) => cluster(L, group) })
    : L.layerGroup();
  layer.addTo(chart);
  let turn = 0;
  const refresh = async () => {
    turn += 1;
    const mine = turn;
    const bounds = chart.getBounds().pad(0.1);
    const [west, south] = back(bounds.getSouthWest());
    const [east, north] = back(bounds.getNorthEast());
    const url = `${data.source}${data.source.includes("?") ? "&" : "?"}bbox=${west.toFixed(6)},${south.toFixed(6)},${east.toFixed(6)},${north.toFixed(6)}`;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const { features } = await answer.json();
    layer.clearLayers();
    for (const feature of features) layer.addLayer(marker(L, feature, data, out));
  };
  let waiting;
  chart.on("moveend", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 200); });
  await refresh();
}

function cluster(L, group) {
  const box = document.createElement("div");
  box.className = "cluster";
  box.textContent = String(group.getChildCount());
  return L.divIcon({ html: box, className: "", iconSize: [44, 44] });
}

function marker(L, feature, data, out) {
  const svg = shape(feature.properties);
  const [lon, lat] = feature.geometry.coordinates;
  const name = feature.properties.number;
  const made = L.marker(out(lon, lat), { icon: L.divIcon({ html: svg, className: "defect-mark", iconSize: [44, 44] }), alt: name, title: name });
  made.on("click keypress", () => { location.href = data.defect.replace(/0$/, feature.properties.id); });
  return made;
}
