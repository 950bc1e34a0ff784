// Who is at this phone, and whether it can keep anything for them.
import { works } from "./store.js";

// Who is signed in, or without network who was last.
export const me = () => Number(document.body.dataset.person ?? localStorage.getItem("person"));

// Whether something of this person's can be kept here: on plain http there is nothing to hash a photo by, and there are
// browsers that cannot open their store.
export const able = async () => Boolean(globalThis.crypto?.subtle && me()) && works();
