// Writes a ZIP file, stored and not packed, for photos are packed already: PKWARE's APPNOTE 6.3.10, §4.3, no ZIP64.
// The parts stay blobs, so that a phone need not hold all photos in its memory at once.
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

const crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) crc = table[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

// Little-endian numbers of 2 or 4 bytes, one after another.
const pack = (...pairs) => {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of pairs) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
};

const stamp = (date) => [
  [2, (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)],
  [2, ((Math.max(1980, date.getFullYear()) - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()],
];

// Gives a Blob of `entries` [{ name, blob }]; throws RangeError beyond what a ZIP without ZIP64 can hold.
export default async function zip(entries, date = new Date()) {
  const files = [];
  const index = [];
  let offset = 0;
  for (const { name, blob } of entries) {
    const letters = new TextEncoder().encode(name);
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    // Version 2.0, names in UTF-8, method 0: stored.
    const about = [[2, 20], [2, 0x800], [2, 0], ...stamp(date), [4, crc], [4, blob.size], [4, blob.size], [2, letters.length], [2, 0]];
    const head = pack([4, 0x04034b50], ...about);
    files.push(head, letters, blob);
    index.push(pack([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), letters);
    offset += head.length + letters.length + blob.size;
  }
  const size = index.reduce((sum, part) => sum + part.length, 0);
  if (offset + size > 0xffffffff || entries.length > 0xffff) throw new RangeError("too large");
  const end = pack([4, 0x06054b50], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, size], [4, offset], [2, 0]);
  return new Blob([...files, ...index, end], { type: "application/zip" });
}
