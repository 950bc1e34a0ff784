// How safe what waits here is: whether the browser promised to keep it, how much room there is, how old it has become;
// each in plain words with what to do, and the rescue file for when all else fails.
import { OLD_DAYS, waited } from "./badge.js";
import { pictures } from "./nearby-pack.js";
import { watch } from "./records.js";
import { redrawing } from "./redraw.js";
import { all } from "./store.js";

// Room for some fifty photos, and for one.
const LITTLE_BYTES = 50e6;
const NONE_BYTES = 2e6;

const size = (bytes) => {
  const mega = bytes / 1e6;
  return mega >= 1000 ? `${(mega / 1000).toFixed(1)} GB` : `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`;
};

export default async function storage(box) {
  const words = box.dataset;
  const part = (name) => box.querySelector(`[data-${name}]`);
  const persisted = async () => (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  const installed = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

  const room = async () => {
    const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => ({}))) ?? {};
    if (!quota) return null;
    return { used: usage, free: Math.max(0, quota - usage) };
  };

  const warnings = ({ left, held, open }) => {
    const said = [];
    if (localStorage.getItem("full") || (left && left.free < NONE_BYTES)) said.push(words.full);
    else if (left && left.free < LITTLE_BYTES) said.push(words.little);
    const days = waited(open);
    if (days >= OLD_DAYS && !held) said.push(words.old.replace("{days}", days));
    else if (days >= OLD_DAYS) said.push(words.aged.replace("{days}", days));
    if (open.length && !held && !installed()) said.push(words.install);
    return said;
  };

  const draw = redrawing(async () => {
    const [left, held, records, around] = await Promise.all([room(), persisted(), all("records"), pictures()]);
    const near = around.filter(({ blob }) => blob);
    part("near").hidden = !near.length;
    part("near").textContent = words.near.replace("{count}", near.length).replace("{size}", size(near.reduce((sum, { blob }) => sum + blob.size, 0)));
    const open = records.filter((record) => record.state !== "sent");
    part("room").textContent = left ? words.room.replace("{used}", size(left.used)).replace("{free}", size(left.free)) : words.unknown;
    part("promise").textContent = held ? words.promised : words.unpromised;
    part("ask").hidden = held || !navigator.storage?.persist;
    const said = warnings({ left, held, open });
    part("warnings").hidden = !said.length;
    part("warnings").replaceChildren(...said.map((text) => {
      const line = document.createElement("p");
      line.textContent = text;
      return line;
    }));
    part("rescue").hidden = !open.length && !records.some(({ left: out }) => out);
  });

  part("ask").querySelector("button").addEventListener("click", async () => {
    const held = await navigator.storage.persist().catch(() => false);
    await draw();
    if (!held) part("promise").textContent = words.denied;
  });

  // What is seldom needed is loaded when it is.
  let saving;
  const files = () => (saving ??= import("./rescue-save.js").then((module) => module.default(box, size)));
  const failed = (fault) => {
    console.info("no rescue file:", fault.message);
    saving = undefined;
    part("saved").textContent = words.failed;
  };
  part("save").addEventListener("click", () => files().then((module) => module.save()).catch(failed));
  const share = part("share");
  share.hidden = !navigator.canShare?.({ files: [new File([], "roadworks-rescue.zip", { type: "application/zip" })] });
  share.addEventListener("click", () => files().then((module) => module.share()).catch(failed));

  watch(draw);
  await draw();
  box.hidden = false;
}
