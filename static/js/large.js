// A size too large to be true is asked about at Send: a slip of the point makes a square of a hole. The answer holds for
// that size.
export default function large(form, box) {
  const tick = box.querySelector("input");
  const said = (name) => form.elements.namedItem(name).value.normalize("NFKC");
  const huge = () => Number(said("area_m2")) > Number(box.dataset.large);
  let asked = said("area_m2");

  form.addEventListener("submit", (event) => {
    if (!huge() || tick.checked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = said("area_m2");
    const sides = [said("length_m"), said("width_m")];
    box.querySelector("b").textContent = `${sides.every(Boolean) ? `${sides.join(" × ")} m = ` : ""}${asked} m²`;
    box.hidden = false;
    box.classList.add("bad");
    tick.focus();
  }, { capture: true });

  const changed = () => {
    if (said("area_m2") === asked) return;
    tick.checked = false;
    box.hidden = true;
  };
  return { huge, changed };
}
