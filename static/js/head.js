// The head of a kept page, which names nobody: the phone says who is signed in and what was last unread. The menu's forms
// need a token, which is asked for when the menu is opened; without network they stay away.
import menu from "./menu.js";
import { pack } from "./pack.js";
import { me } from "./person.js";
import { ask } from "./wire.js";

const BELL = ".bell b, .bell span";

// Of any other page: what its bell says, and to whom.
export const note = () => {
  const said = [...document.querySelectorAll(BELL)].map((part) => part.textContent);
  localStorage.setItem("bell", JSON.stringify({ person: me(), said }));
};

export default async function head(details) {
  menu(details);
  const offer = async () => {
    const said = details.open ? (await ask("/sync/1/hello").catch(() => null))?.said : null;
    for (const form of said ? details.querySelectorAll("form") : []) {
      const token = form.elements.namedItem("csrf_token") ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token" }));
      token.value = said.token;
      form.hidden = false;
    }
  };
  details.addEventListener("toggle", offer);
  // It may have been opened before this script was there.
  if (details.open) offer();
  const bell = document.querySelector(".bell");
  const { person, said = [] } = JSON.parse(localStorage.getItem("bell") ?? "{}");
  const [text, count] = person === me() ? said.reverse() : [];
  if (bell && text) bell.querySelector("span").textContent = text;
  if (bell && count) {
    const number = bell.insertBefore(document.createElement("b"), bell.querySelector("span"));
    number.setAttribute("aria-hidden", "true");
    number.textContent = count;
  }
  const name = (await pack())?.holder;
  if (name) details.querySelector("summary span").textContent = name;
}
