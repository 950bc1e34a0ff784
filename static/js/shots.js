// The photos of a filing: kept on the phone at the shutter, shown at once, to be marked up or taken away again. Gives how to
// wait for them and how to show one; `restored` is to be waited for first: what was kept before is back in the form.
import { begin } from "./draft.js";
import { sure } from "./form.js";
import { MOST, keepPhoto, photosOf, unkept } from "./records.js";
import shrink from "./shrink.js";
import { remove } from "./store.js";

const EARLIER_MS = 60000;

export default function shots(form, say, restored) {
  const words = form.dataset;
  const id = () => form.elements.namedItem("client_id").value;
  const thumbs = form.querySelector("[data-thumbs]");
  const files = form.querySelector("input[type=file]");
  let keeping = Promise.resolve();
  const next = (work) => { keeping = keeping.then(restored).then(work).catch((fault) => say(unkept(words, fault))).then(() => form.dispatchEvent(new Event("input"))); };

  const show = ({ blob, sha256 }) => {
    // The same photo once more is the same.
    if (thumbs.querySelector(`[data-sha="${sha256}"]`)) return;
    const box = form.querySelector("template[data-thumb]").content.firstElementChild.cloneNode(true);
    const [mark, drop] = box.children;
    const image = mark.firstElementChild;
    box.dataset.sha = sha256;
    image.src = URL.createObjectURL(blob);
    mark.addEventListener("click", async () => {
      const { default: markup } = await import("./markup.js");
      const marked = await markup(document.getElementById("markup"), image);
      // A copy with marks on it is kept beside its original.
      if (marked) next(() => keep(marked));
      mark.focus();
    });
    drop.addEventListener("click", () => {
      if (!sure(drop)) return;
      next(async () => {
        await remove("photos", `${id()}:${sha256}`);
        box.remove();
        say("");
        files.focus();
      });
    });
    thumbs.append(box);
  };

  const room = async () => {
    const free = (await photosOf(id())).length < MOST;
    if (!free) say(words.wordMany);
    return free;
  };
  const keep = async (blob, taken) => {
    if (!(await room())) return;
    const record = id();
    // The draft is there before its photo: no photo lies on the phone alone.
    await begin(form);
    show({ blob, sha256: await keepPhoto(record, blob, "photos", "", taken) });
  };
  const take = () => {
    const taken = [...files.files];
    next(async () => {
      for (const file of taken) {
        // A photo from earlier, or of a phone without a fix, may know its place itself; shrinking takes that away.
        if (Date.now() - file.lastModified > EARLIER_MS || !form.elements.namedItem("lat").value) {
          const place = await import("./exif.js").then((module) => module.default(file)).catch(() => null);
          if (place) form.dispatchEvent(new CustomEvent("photo-place", { detail: place }));
        }
        await keep(await shrink(file), file.lastModified);
      }
      files.value = "";
    });
  };
  files.addEventListener("change", take);
  // A photo may have been taken before this script was there.
  if (files.files.length) {
    take();
    form.dataset.shot = String(Date.now());
    form.dispatchEvent(new CustomEvent("shutter"));
  }
  return { kept: () => keeping, show };
}
