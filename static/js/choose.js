// Choosing several rows: the bar says how many, and its button waits for the first.
export default function choose(form) {
  const count = form.querySelector("[data-count]");
  const button = form.querySelector(".bulk button");
  if (!count || !button) return;
  const text = count.textContent;
  const update = () => {
    const chosen = form.querySelectorAll("input[name=defect]:checked").length;
    count.textContent = chosen ? `${chosen} ✓` : text;
    button.disabled = chosen === 0;
  };
  form.addEventListener("change", update);
  addEventListener("pageshow", update);
  update();
}
