// The photos of a filing: kept on the phone at the shutter, shown at once. Gives how to wait for them and how to show one.
import { keepPhoto } from "./queue.js";
import shrink from "./shrink.js";

const EARLIER_MS = 60000;

export default function shots(form, full) {
  const id = () => form.elements.namedItem("client_id").value;
  const thumbs = form.querySelector("[data-thumbs]");
  const files = form.querySelector("input[type=file]");
  let keeping = Promise.resolve();

  const show = (blob) => {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(blob);
    image.alt = form.dataset.wordPhoto;
    thumbs.append(image);
  };
  const take = () => {
    const taken = [...files.files];
    keeping = keeping.then(async () => {
      for (const file of taken) {
        // A photo from earlier, or of a phone without a fix, may know its place itself; shrinking takes that away.
        if (Date.now() - file.lastModified > EARLIER_MS || !form.elements.namedItem("lat").value) {
          const place = await import("./exif.js").then((module) => module.default(file)).catch(() => null);
          if (place) form.dispatchEvent(new CustomEvent("photo-place", { detail: place }));
        }
        const blob = await shrink(file);
        await keepPhoto(id(), blob, "photos", "", file.lastModified);
        show(blob);
      }
      files.value = "";
    }).catch(full);
  };
  files.addEventListener("change", take);
  // A copy with marks on it is kept beside its original.
  form.addEventListener("photo-made", ({ detail }) => {
    keeping = keeping.then(async () => { await keepPhoto(id(), detail); show(detail); }).catch(full);
  });
  // A photo may have been taken before this script was there.
  if (files.files.length) {
    take();
    form.dataset.shot = String(Date.now());
    form.dispatchEvent(new CustomEvent("shutter"));
  }
  return { kept: () => keeping, show };
}
