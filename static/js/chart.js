// The map beside a list: opened by its own button, or at once where there is room for both; until then nothing of it
// is loaded (map.js waits until it is seen).
export default function chart(box) {
  const button = box.querySelector("[data-show]");
  const shown = box.querySelector("[data-chart]");
  const open = (yes) => {
    shown.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  };
  button.hidden = false;
  button.addEventListener("click", () => open(shown.hidden));
  open(matchMedia("(min-width: 1024px)").matches);
}
