// Metres: between positions in degrees, from a position to a line, and how they are written.

// Metres of a degree of latitude; and how bad a fix may be before somebody looks at it.
export const METRES = 111320;
export const DOUBTFUL_M = 50;

// Metres between two positions in degrees, and how metres are written.
export const apart = (a, b) => Math.hypot((b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180), b.lat - a.lat) * METRES;
export const written = (metres) => (metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`);

// How far a position is from a line, and how far along it the nearest point lies, in metres.
export function along(line, lon, lat) {
  const squeeze = Math.cos((lat * Math.PI) / 180);
  let [best, at, gone] = [Infinity, 0, 0];
  for (let i = 1; i < line.length; i += 1) {
    const [ax, ay] = [(line[i - 1][0] - lon) * squeeze * METRES, (line[i - 1][1] - lat) * METRES];
    const [bx, by] = [(line[i][0] - lon) * squeeze * METRES, (line[i][1] - lat) * METRES];
    const [dx, dy] = [bx - ax, by - ay];
    const length = Math.hypot(dx, dy);
    const part = length ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length ** 2)) : 0;
    const off = Math.hypot(ax + part * dx, ay + part * dy);
    if (off < best) [best, at] = [off, gone + part * length];
    gone += length;
  }
  return { off: best, at, length: gone };
}
