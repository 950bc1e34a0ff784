// The photos of a filing: kept on the phone at the shutter, shown at once. Gives how to wait for them and how to show one.
import { keepPhoto } from "./queue.js";
import shrink from "./shrink.js";

export default function shots(form, id, full) {
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
    // Without a fix the photo's own position is wanted, which shrinking would take away.
    keeping = keeping.then(async () => {
      for (const file of taken) {
        const blob = form.elements.namedItem("lat").value ? await shrink(file) : file;
        await keepPhoto(id, blob);
        show(blob);
      }
      files.value = "";
    }).catch(full);
  };
  files.addEventListener("change", take);
  // A copy with marks on it is kept beside its original.
  form.addEventListener("photo-made", ({ detail }) => {
    keeping = keeping.then(async () => { await keepPhoto(id, detail); show(detail); }).catch(full);
  });
  // A photo may have been taken before this script was there.
  if (files.files.length) take();
  return { kept: () => keeping, show };
}
