// Makes a phone's photo small enough to send from the street, upright, as small as the district asks for (at most 2048 px)
// unless it wants originals. What cannot be read goes as it is.
import { pack } from "./pack.js";

export const MOST_PX = 2048;
const QUALITY = 86;
const SMALL_BYTES = 700000;

export default async function shrink(file) {
  const { px = MOST_PX, quality = QUALITY, original = false } = (await pack())?.photo ?? {};
  if (original) return file;
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!image) return file;
  const scale = Math.min(1, px / Math.max(image.width, image.height));
  if (scale === 1 && file.size <= SMALL_BYTES && file.type === "image/jpeg") return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return (await new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality / 100); })) ?? file;
}
