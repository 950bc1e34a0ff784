// What the page before did on an order, told on this one: at its card, at the next one where its own has left the list, or on
// top where there is no list. The person is taken there.
import { stuck, watch } from "./records.js";
import { all } from "./store.js";

export default function flash() {
  const { head, said, id, near } = JSON.parse(sessionStorage.getItem("told-step"));
  sessionStorage.removeItem("told-step");
  const line = Object.assign(document.createElement("p"), { className: "flash", tabIndex: -1, textContent: head + said });
  line.setAttribute("role", "status");
  const list = document.querySelector("[data-cards]");
  const cardOf = (order) => list?.querySelector(`[data-order="${order}"]`);

  // What needs the person by now is told elsewhere; whoever has moved on is not fetched back.
  let [over, still] = [false, true];
  for (const name of ["pointerdown", "touchmove", "wheel", "keydown"]) addEventListener(name, () => { still = false; }, { passive: true });
  const place = () => {
    if (over) return;
    const order = near.find(cardOf);
    const own = order === near[0];
    const after = own ? cardOf(order).querySelector(".actions") : cardOf(order) ?? document.getElementById("main").firstElementChild;
    // One that stays where it is keeps the focus.
    if (![after, after.previousElementSibling].includes(line)) after.before(line);
    if (!still) return;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: own ? "center" : "start" });
  };
  // The cards may be drawn and sorted later, and again.
  for (const name of ["cards-drawn", "cards-sorted"]) list?.addEventListener(name, () => Promise.resolve().then(place));
  if (!list || list.children.length) place();

  if (!id) return;
  // What was only kept then is on the server soon, or needs the person: the line does not go on saying that it waits.
  const look = async () => {
    const rows = await all("records");
    const record = rows.find((row) => row.id === id);
    // It goes nowhere either while a step before it on the same order needs the person.
    over = !record || rows.some((row) => stuck(row) && (row === record || (record.thread && row.thread === record.thread && row.turn < record.turn)));
    if (over) line.remove();
    else if (record.state === "sent") line.textContent = head + record.receipt.told;
  };
  watch(look);
  look();
}
