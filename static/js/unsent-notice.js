// Where nobody is signed in: what waits on this phone is told, with the way to let it go.
import { waiting, watch } from "./records.js";

// As far as the phone knows: somebody signed out here, or the server said so (of what pauses it may have said so long ago).
export const signedOut = (records) => Boolean(localStorage.getItem("left")) || records.some(({ state, why, next }) => state === "waiting" && why === "signed out" && !(next > Date.now()));

export default async function unsentNotice(box) {
  // On the page of the queue somebody may be signed in.
  const some = box.querySelector("[data-some]");
  const look = async () => {
    const records = (await waiting()).filter(({ handed }) => !handed);
    box.hidden = some ? !signedOut(records) : !records.length;
    if (some) some.hidden = !records.length;
    box.querySelector("b").textContent = records.length;
  };
  // Whoever has no access any more cannot sign in: what is theirs is handed in.
  if ((await waiting()).length) import("./hand-in.js").then(({ default: handIn }) => handIn()).catch((fault) => console.info("not handed in:", fault.message));
  watch(look);
  return look();
}
