// Records a voice note, and shows it with its length beside its player; it begins at once, or shows what was said before.
import { clock } from "./dates.js";
import { begin } from "./draft.js";
import { me } from "./person.js";
import { clientId, forget, keepPhoto, photosOf } from "./records.js";

const LONGEST_S = 60;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS = 32000;

async function keep(form, title, blob, seconds) {
  // The form is there before what was said on it: nothing is forgotten because nobody can come back to it.
  await begin(form);
  const id = clientId();
  const filing = form.elements.namedItem("client_id").value;
  const person = me();
  // In one transaction: without its record nobody would know of what was said.
  await keepPhoto(id, blob, "voices", "", 0, { id, kind: "voice", person, at: Date.now(), number: "", title, state: "draft", seconds, fields: { filing } });
  return id;
}

export default async function recorder(box, input, said) {
  const form = box.closest("form");
  const [button, time, made, refused] = ["[data-record]", "[data-time]", "[data-made]", "[data-refused]"].map((name) => box.querySelector(name));
  const words = box.dataset;
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  let recording = null;
  let kept = null;

  // The file itself does not tell a player how long it is.
  const show = (blob, seconds) => {
    const player = made.querySelector("audio");
    URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(blob);
    made.querySelector("[data-length]").textContent = seconds ? clock(seconds) : "";
    made.hidden = false;
    button.textContent = words.wordAgain;
  };
  const take = async (blob, seconds) => {
    if (input) {
      const files = new DataTransfer();
      files.items.add(new File([blob], "voice", { type: blob.type }));
      input.files = files.files;
    } else {
      const before = kept;
      kept = await keep(form, words.wordTitle, blob, seconds);
      if (before) await forget(before);
    }
    show(blob, seconds);
  };

  // Gives a function that stops it and waits until what was said is kept.
  const record = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const machine = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
    const parts = [];
    const begun = Date.now();
    const gone = () => Math.min(LONGEST_S, (Date.now() - begun) / 1000);
    let long;
    const halt = () => {
      if (machine.state !== "recording") return;
      long = gone();
      machine.stop();
    };
    const tick = () => {
      const seconds = Math.floor(gone());
      time.textContent = `${clock(seconds)} / ${clock(LONGEST_S)}`;
      if (seconds >= LONGEST_S) press();
    };
    machine.addEventListener("dataavailable", ({ data }) => parts.push(data));
    const done = new Promise((end) => { machine.addEventListener("stop", end); }).then(async () => {
      clearInterval(ticking);
      time.textContent = "";
      const seconds = Math.round(long ?? gone());
      for (const track of stream.getTracks()) track.stop();
      button.textContent = words.wordAgain;
      recording = null;
      await take(new Blob(parts, { type: machine.mimeType.split(";")[0] }), seconds);
    });
    const ticking = setInterval(tick, 250);
    machine.start();
    button.textContent = words.wordStop;
    tick();
    return () => { halt(); return done; };
  };

  const press = async () => {
    refused.hidden = true;
    try {
      if (recording) await recording();
      else recording = await record();
    } catch {
      refused.hidden = false;
    }
  };
  button.addEventListener("click", press);
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
  if (!said) return press();
  kept = said.id;
  const [{ blob }] = await photosOf(kept);
  return show(blob, said.seconds);
}
