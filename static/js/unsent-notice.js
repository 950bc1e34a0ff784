// Where nobody is signed in: what waits on this phone is told, with the way to let it go.
import { waiting, watch } from "./records.js";

export default async function unsentNotice(box) {
  const look = async () => {
    const records = (await waiting()).filter(({ handed }) => !handed);
    // On the page of the queue only after somebody signed out here, or the server said that nobody is signed in.
    const out = !box.hasAttribute("data-signed-out") || localStorage.getItem("left") || records.some(({ state, why }) => state === "waiting" && why === "signed out");
    box.hidden = !records.length || !out;
    box.querySelector("b").textContent = records.length;
  };
  // Whoever has no access any more cannot sign in: what is theirs is handed in.
  if ((await waiting()).length) import("./hand-in.js").then(({ default: handIn }) => handIn()).catch((fault) => console.info("not handed in:", fault.message));
  watch(look);
  return look();
}
