// The stretches that the page is about: over the roads, and the map opens on them.
import { colour } from "./map.js";

export default async function mapLines(L, chart, url, out) {
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
