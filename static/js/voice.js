// A voice note of at most a minute: recorded on the page, heard before it goes. In a filing it is a record of its own in
// the queue, behind the filing; on other pages it goes into the form's file field.
import { clientId, enqueue, forget, keepPhoto } from "./queue.js";
import { me } from "./said.js";
import { all, put } from "./store.js";

const LONGEST_S = 60;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS = 32000;
// The form it was made on was left without being sent.
const ABANDONED_MS = 7 * 24 * 3600 * 1000;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

// A note goes on its way with its filing (kept.js); one that was made after that goes now.
async function follow() {
  const records = await all("records");
  const forms = new Map(records.filter(({ kind }) => kind !== "voice").map(({ id, state }) => [id, state]));
  for (const note of records) {
    if (note.kind !== "voice" || note.state !== "draft") continue;
    const form = forms.get(note.fields.filing);
    if (form && form !== "draft") await enqueue({ ...note, state: "waiting" });
    // A form that is begun keeps its note, however long it waits.
    else if (!form && note.at < Date.now() - ABANDONED_MS) await forget(note.id);
  }
}

async function keep(form, title, blob) {
  const id = clientId();
  const filing = form.elements.namedItem("client_id").value;
  const person = me();
  await keepPhoto(id, blob, "voices");
  await put("records", { id, kind: "voice", person, at: Date.now(), number: "", title, state: "draft", fields: { filing } });
  return id;
}

export default function voice(box) {
  const form = box.closest("form");
  const input = document.getElementById(box.dataset.input);
  const [button, time, made, refused] = ["[data-record]", "[data-time]", "[data-made]", "[data-refused]"].map((name) => box.querySelector(name));
  const words = box.dataset;
  const able = input ?? (globalThis.indexedDB && globalThis.crypto?.subtle && !form.elements.namedItem("photo_ids").value);
  if (!able || !globalThis.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return;
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  let recording = null;
  let kept = null;

  const take = async (blob) => {
    const player = made.querySelector("audio");
    URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(blob);
    made.hidden = false;
    if (input) {
      const files = new DataTransfer();
      files.items.add(new File([blob], "voice", { type: blob.type }));
      input.files = files.files;
    } else {
      if (kept) await forget(kept);
      kept = await keep(form, words.wordTitle, blob);
    }
  };

  // Gives a function that stops it and waits until what was said is kept.
  const record = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
    const parts = [];
    const begun = Date.now();
    const gone = () => Math.min(LONGEST_S, (Date.now() - begun) / 1000);
    const tick = () => {
      const seconds = Math.floor(gone());
      time.textContent = `${clock(seconds)} / ${clock(LONGEST_S)}`;
      if (seconds >= LONGEST_S && recorder.state === "recording") recorder.stop();
    };
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    const done = new Promise((end) => { recorder.addEventListener("stop", end); }).then(async () => {
      clearInterval(ticking);
      time.textContent = "";
      // The file itself does not tell a player how long it is.
      made.querySelector("[data-length]").textContent = clock(Math.round(gone()));
      for (const track of stream.getTracks()) track.stop();
      button.textContent = words.wordAgain;
      recording = null;
      await take(new Blob(parts, { type: recorder.mimeType.split(";")[0] }));
    });
    const ticking = setInterval(tick, 250);
    recorder.start();
    button.textContent = words.wordStop;
    tick();
    return () => { if (recorder.state === "recording") recorder.stop(); return done; };
  };

  button.addEventListener("click", async () => {
    refused.hidden = true;
    try {
      if (recording) await recording();
      else recording = await record();
    } catch {
      refused.hidden = false;
    }
  });
  made.querySelector("[data-drop]").addEventListener("click", async () => {
    made.hidden = true;
    if (input) input.value = "";
    else if (kept) await forget(kept);
    kept = null;
    button.focus();
  });
  // Who sends while still speaking has said enough.
  form.addEventListener("submit", (event) => {
    if (!recording) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    recording().then(() => form.requestSubmit());
  }, { capture: true });
  box.hidden = false;
  if (input) return;
  follow();
}
