// WGS-84 ⇄ GCJ-02, for display only; the same arithmetic as tests/support/datum.py.
const { cos, PI, sin, sqrt, abs } = Math;
const AXIS_M = 6378245;
const ECCENTRICITY = 0.006693421622965943;

function shift(lon, lat) {
  const x = lon - 105, y = lat - 35;
  const common = ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3;
  const wave = (v) => ((20 * sin(v * PI) + 40 * sin((v / 3) * PI)) * 2) / 3;
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common + wave(x);
  east += ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common + wave(y);
  north += ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3;
  const angle = (lat / 180) * PI;
  const magic = 1 - ECCENTRICITY * sin(angle) ** 2;
  return [
    (east * 180) / ((AXIS_M / sqrt(magic)) * cos(angle) * PI),
    (north * 180) / (((AXIS_M * (1 - ECCENTRICITY)) / (magic * sqrt(magic))) * PI),
  ];
}

const outside = (lon, lat) => !(lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271);

export function toGcj02(lon, lat) {
  if (outside(lon, lat)) return [lon, lat];
  const [east, north] = shift(lon, lat);
  return [lon + east, lat + north];
}

export function toWgs84(lon, lat) {
  if (outside(lon, lat)) return [lon, lat];
  let x = lon, y = lat;
  for (let turn = 0; turn < 6; turn += 1) {
    const [east, north] = shift(x, y);
    x = lon - east;
    y = lat - north;
  }
  return [x, y];
}
