// Saving the rescue files and passing them on: one tap a file, for browsers hold back what one tap gives more than once.
import { make, plan } from "./rescue.js";

const FRESH_MS = 60000;

// Which files of the rescue were saved before, by their number: the phone may end the page meanwhile.
const savedOf = (rescue) => {
  const [before, saved] = JSON.parse(localStorage.getItem("rescued") ?? "[]");
  return before === rescue ? saved : {};
};

export default function saving(box, size) {
  const words = box.dataset;
  const part = (name) => box.querySelector(`[data-${name}]`);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const say = (text, values = {}) => { part("saved").textContent = fill(text, values); };
  const planned = () => plan(JSON.parse(words.most));
  let ready = null;

  const list = (now) => {
    const saved = savedOf(now.rescue);
    const parts = now.parts.length;
    part("parts").replaceChildren(...(parts === 1 ? [] : now.parts.map((_ids, place) => {
      const item = part("part").content.firstElementChild.cloneNode(true);
      const n = place + 1;
      item.querySelector("span").textContent = saved[n] ? fill(words.savedPart, { size: size(saved[n]) }) : words.unsaved;
      const button = item.querySelector("button");
      button.textContent = fill(words.savePart, { part: n, parts });
      button.addEventListener("click", () => guarded(() => save(now, n)));
      return item;
    })));
    return now.parts.findIndex((_ids, place) => !saved[place + 1]) + 1;
  };

  const save = async (now, n) => {
    const file = await make(now, n);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), FRESH_MS);
    localStorage.setItem("rescued", JSON.stringify([now.rescue, { ...savedOf(now.rescue), [n]: file.size }]));
    const left = list(now);
    const last = now.parts.length === 1 ? words.saved : words.all;
    say(left ? words.next : last, { name: file.name, size: size(file.size), part: left, parts: now.parts.length });
    if (file.size > Number(words.taken)) say(words.huge, { name: file.name, size: size(file.size) });
    if (left) part("parts").children[left - 1]?.querySelector("button").focus();
  };

  const share = async () => {
    const again = ready && Date.now() - ready.at < FRESH_MS;
    if (!again) {
      const now = await planned();
      ready = { now, at: Date.now(), files: [] };
      for (let n = 1; n <= now.parts.length; n += 1) ready.files.push(await make(now, n));
      ready.at = Date.now();
    }
    const { files, now } = ready;
    try {
      if (!navigator.canShare({ files })) throw new TypeError("not together");
      await navigator.share({ files, title: files[0].name });
      ready = null;
    } catch (fault) {
      // Whoever closes the sheet has changed their mind. Made for too long, the tap is over: the next one finds all made.
      if (fault.name === "AbortError") { ready = null; return; }
      if (fault.name === "NotAllowedError" && !again) { say(words.again); return; }
      ready = null;
      list(now);
      say(words.apart);
    }
  };

  const guarded = async (work) => {
    if (box.dataset.busy) return;
    box.dataset.busy = "yes";
    say(words.making);
    try {
      await work();
      if (part("saved").textContent === words.making) say("");
    } catch (fault) {
      console.info("no rescue file:", fault.message);
      say(words.failed);
    } finally {
      delete box.dataset.busy;
    }
  };

  return {
    save: () => guarded(async () => {
      const now = await planned();
      if (now.parts.length) await save(now, list(now) || 1);
    }),
    share: () => guarded(share),
  };
}
