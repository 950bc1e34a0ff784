// The sections that are due on a round, a row for each: whether it was passed, and a tick by hand with its reason.
import { day } from "./dates.js";

const dayOf = (text) => day(`${text}T12:00`);
const large = (word) => word[0].toUpperCase() + word.slice(1);

// `tickOf` (by the section) and `shareOf` (by its id; % walked, null where none) tell of the round; `byHand` ticks it for a
// reason. Gives what draws the day.
export default function roundList(live, words, { tickOf, shareOf, byHand }) {
  const [list, none, title, blank, ahead] = ["list", "none", "day", "row", "ahead"].map((name) => live.querySelector(`[data-${name}]`));

  let shown = null;

  function row(section, walking) {
    const item = blank.content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(`[data-${name}]`);
    const tick = tickOf(section);
    const standing = words[`word${large(tick ? tick.how : section.standing)}`];
    part("name").textContent = section.name;
    part("standing").textContent = tick ? `✓ ${standing}` : standing;
    part("standing").classList.add((!tick && { missed: "overdue", today: "due_soon" }[section.standing]) || "passed");
    item.classList.toggle("passed", Boolean(tick));
    item.classList.toggle("late", !tick && section.standing === "missed");
    const last = section.last_on ? `${words.wordLast} ${dayOf(section.last_on)}` : words.wordNever;
    const share = tick ? null : shareOf(section.id);
    part("about").textContent = `${section.mine ? words.wordMine : words.wordAll} · ${last}${share === null ? "" : ` · ${share}\u00a0%`}`;
    part("for").textContent = ` ${section.name}`;
    part("hand").hidden = !walking || Boolean(tick);
    item.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = event.target.elements.namedItem("reason").value.trim();
      if (!reason) return;
      part("hand").open = false;
      byHand(section.id, reason);
    });
    return item;
  }

  return (today, walking) => {
    // A row in which somebody is typing stays as it is.
    if (list.querySelector("details[open]")) return;
    none.hidden = today.due.length > 0;
    title.textContent = today.day ? dayOf(today.day) : "";
    const { told_on: told } = today;
    ahead.hidden = !told;
    if (told) ahead.textContent = (today.lacks ? words.wordLacks : words.wordAhead).replace("{day}", dayOf(told));
    // At each whisper of the queue the list is drawn; who goes by keyboard keeps their place where it says nothing new.
    const rows = today.due.map((section) => row(section, walking));
    const says = rows.map(({ outerHTML }) => outerHTML).join("");
    if (says !== shown) list.replaceChildren(...rows);
    shown = says;
  };
}
