// The defects on the map: shapes by state and severity, asked for as the map moves, in clusters where they are many.
import { colour, load } from "./map.js";

const PART = { filed: 0, confirmed: 0.25, ordered: 0.5, mended: 0.75, closed: 1 };
const SIZE = { emergency: 30, severe: 26, moderate: 22, slight: 18 };

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

export default async function mapDefects(L, chart, data, out, back) {
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
    const { features, more } = await answer.json();
    chart.attributionControl.setPrefix(more && data.more);
    layer.clearLayers();
    for (const feature of features) layer.addLayer(marker(L, feature, data, out));
  };
  let waiting;
  chart.on("moveend", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 200); });
  await refresh();
}
