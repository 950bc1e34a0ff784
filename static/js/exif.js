// Where a photo says it was taken: the GPS part of a JPEG's Exif data (CIPA DC-008), in degrees; nothing where it says nothing.
const HEAD_BYTES = 131072;
const [GPS, LAT_REF, LAT, LON_REF, LON] = [0x8825, 1, 2, 3, 4];

function entries(view, start, at, little) {
  const found = new Map();
  const count = view.getUint16(start + at, little);
  for (let turn = 0; turn < count; turn += 1) {
    const entry = start + at + 2 + turn * 12;
    found.set(view.getUint16(entry, little), entry + 8);
  }
  return found;
}

function degrees(view, start, entry, little) {
  const at = start + view.getUint32(entry, little);
  const part = (turn) => view.getUint32(at + turn * 8, little) / view.getUint32(at + turn * 8 + 4, little);
  return part(0) + part(1) / 60 + part(2) / 3600;
}

function gpsPosition(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const first = entries(view, start, view.getUint32(start + 4, little), little);
  if (!first.has(GPS)) return null;
  const gps = entries(view, start, view.getUint32(first.get(GPS), little), little);
  if (![LAT_REF, LAT, LON_REF, LON].every((tag) => gps.has(tag))) return null;
  const sign = (tag, minus) => (view.getUint8(gps.get(tag)) === minus.charCodeAt(0) ? -1 : 1);
  const lat = sign(LAT_REF, "S") * degrees(view, start, gps.get(LAT), little);
  const lon = sign(LON_REF, "W") * degrees(view, start, gps.get(LON), little);
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat || lon) ? { lon, lat } : null;
}

export default async function place(file) {
  const view = new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer());
  try {
    if (view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
      if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return gpsPosition(view, at + 10);
    }
  } catch (fault) {
    // Data that ends too early says nothing.
    if (!(fault instanceof RangeError)) throw fault;
  }
  return null;
}
