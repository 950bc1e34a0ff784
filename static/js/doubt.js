// A number that is hardly true is asked about at Send: a slip of the point makes ten square metres of one. The answer holds
// for that number. `said` gives it as it stands, `odd` whether it is asked about, `tell` says the question in its box.
export default function doubt(form, box, said, odd, tell) {
  const tick = box.querySelector("input");
  let asked = said();

  form.addEventListener("submit", (event) => {
    if (tick.checked || !odd(Number.parseFloat(said()))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = said();
    tell(asked);
    box.hidden = false;
    box.classList.add("bad");
    tick.focus();
  }, { capture: true });

  return () => {
    if (said() === asked) return;
    tick.checked = false;
    box.hidden = true;
  };
}
