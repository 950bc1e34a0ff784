// The board: a card may be drawn into the next column, which presses the button of its card. The button does the same.
export default function board(element) {
  let card = null;
  const lanes = element.querySelectorAll("[data-stage]");
  const clear = () => lanes.forEach((lane) => lane.classList.remove("takes", "over"));
  element.addEventListener("dragstart", (event) => {
    card = event.target.closest("[data-next]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.next);
    lanes.forEach((lane) => lane.classList.toggle("takes", lane.dataset.stage === card.dataset.next));
  });
  element.addEventListener("dragend", () => { card = null; clear(); });
  for (const lane of lanes) {
    const fits = () => card && card.dataset.next === lane.dataset.stage;
    lane.addEventListener("dragover", (event) => {
      if (!fits()) return;
      event.preventDefault();
      lane.classList.add("over");
    });
    lane.addEventListener("dragleave", (event) => {
      if (!lane.contains(event.relatedTarget)) lane.classList.remove("over");
    });
    lane.addEventListener("drop", (event) => {
      if (!fits()) return;
      event.preventDefault();
      card.querySelector("form").requestSubmit();
    });
  }
}
