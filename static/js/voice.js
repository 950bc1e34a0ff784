// A voice note of at most a minute: recorded on the page, heard before it goes. In a filing it is a record of its own in
// the queue, behind the filing; on other pages it goes into the form's file field. What records it (recorder.js) is loaded
// when its button is pressed, or where there is something to be heard again.
import { daysSince } from "./dates.js";
import { askedRecord } from "./form.js";
import { able } from "./person.js";
import { enqueue, forget } from "./records.js";
import { all } from "./store.js";

// The form it was made on was left without being sent.
const ABANDONED_DAYS = 7;

// A note goes on its way with its filing (records.js); one that was made after that goes now. Gives what was said on the
// form that is gone on with.
async function follow() {
  const records = await all("records");
  const forms = new Map(records.filter(({ kind }) => kind !== "voice").map(({ id, state }) => [id, state]));
  for (const note of records) {
    if (note.kind !== "voice" || note.state !== "draft") continue;
    const form = forms.get(note.fields.filing);
    if (form && form !== "draft") await enqueue({ ...note, state: "waiting" });
    // A form that is begun keeps its note, however long it waits.
    else if (!form && daysSince(note.at) >= ABANDONED_DAYS) await forget(note.id);
  }
  return records.findLast(({ kind, state, fields }) => kind === "voice" && state === "draft" && fields.filing === askedRecord());
}

export default async function voice(box) {
  const input = document.getElementById(box.dataset.input);
  const takes = input ?? (await able() && !box.closest("form").elements.namedItem("photo_ids").value);
  if (!takes || !globalThis.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return;
  let begun = null;
  const begin = (said) => (begun ??= import("./recorder.js").then(({ default: recorder }) => recorder(box, input, said), () => {
    begun = null;
    box.querySelector("[data-refused]").hidden = false;
  }));
  box.querySelector("[data-record]").addEventListener("click", () => begin());
  box.hidden = false;
  return input ? null : follow().then((said) => said && begin(said));
}
