// Makes a phone's photo small enough to send from the street: at most 2048 px, upright. What cannot be read goes as it is.
const MOST = 2048;
const SMALL_BYTES = 700000;

export default async function shrink(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!image) return file;
  const scale = Math.min(1, MOST / Math.max(image.width, image.height));
  if (scale === 1 && file.size <= SMALL_BYTES && file.type === "image/jpeg") return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return (await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.86); })) ?? file;
}
