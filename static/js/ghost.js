// The photo after the work: the photo before it lies over the live picture, so that both show the same place. What is
// taken goes into the form's own file field; where there is no camera, that field does it alone.
const CAMERA = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1920 } } };

const still = (video) => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.9); });
};

const add = (input, blob) => {
  const all = new DataTransfer();
  for (const file of input.files) all.items.add(file);
  all.items.add(new File([blob], "after.jpg", { type: "image/jpeg" }));
  input.files = all.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

// Opens the camera under the earlier photo; gives a JPEG, or nothing where the person closed it.
async function take(view, before) {
  const stream = await navigator.mediaDevices.getUserMedia(CAMERA);
  const [video, image, strength] = ["video", "img", "input"].map((name) => view.querySelector(name));
  const shutter = view.querySelector("[data-shutter]");
  const end = new AbortController();
  const on = (target, name, work) => target.addEventListener(name, work, { signal: end.signal });
  const fade = () => { image.style.opacity = String(strength.value / 100); };
  try {
    image.src = before;
    fade();
    shutter.disabled = true;
    view.showModal();
    return await new Promise((done) => {
      on(strength, "input", fade);
      on(video, "loadeddata", () => { shutter.disabled = false; shutter.focus(); });
      on(shutter, "click", () => done(still(video)));
      on(view.querySelector("[data-close]"), "click", () => done(null));
      on(view, "close", () => done(null));
      on(document, "visibilitychange", () => { if (document.hidden) done(null); });
      video.srcObject = stream;
    });
  } finally {
    end.abort();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    view.close();
  }
}

export default function ghost(box) {
  const input = box.closest("fieldset").querySelector("input[type=file]");
  const taken = box.querySelector("[data-taken]");
  const live = box.querySelector("[data-live]");
  const refused = box.querySelector("[data-refused]");
  const picture = taken.querySelector("img");
  picture.addEventListener("error", () => { taken.hidden = true; });

  input.addEventListener("change", () => {
    const file = [...input.files].at(-1);
    if (!file) return;
    picture.src = URL.createObjectURL(file);
    taken.hidden = false;
  });
  if (!navigator.mediaDevices?.getUserMedia) return;
  live.hidden = false;
  live.querySelector("button").addEventListener("click", async () => {
    refused.hidden = true;
    try {
      const blob = await take(document.getElementById("ghost-view"), box.dataset.before);
      if (blob) add(input, blob);
    } catch {
      // Refused, no camera, or taken by another app: the plain field is there.
      refused.hidden = false;
    }
  });
}
