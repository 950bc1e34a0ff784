// Choosing several rows: the bar says how many, and its buttons wait for the first.
export default function choose(form) {
  const count = form.querySelector("[data-count]");
  const buttons = form.querySelectorAll(".bulk button");
  if (!count || !buttons.length) return;
  const text = count.textContent;
  const update = () => {
    const chosen = form.querySelectorAll("input[type=checkbox]:checked").length;
    count.textContent = chosen ? `${chosen} ✓` : text;
    for (const button of buttons) button.disabled = chosen === 0;
  };
  form.addEventListener("change", update);
  addEventListener("pageshow", update);
  update();
}
