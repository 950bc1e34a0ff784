// The usual reasons as buttons: one tap writes the words into the field, another takes them out again.
export default function chips(form) {
  const field = form.querySelector("textarea");
  const box = form.querySelector("[data-chips]");
  const between = document.documentElement.lang.startsWith("zh") ? "；" : "; ";
  const said = () => field.value.split(/[；;]/).map((part) => part.trim()).filter(Boolean);
  const show = () => {
    const words = said();
    for (const chip of box.children) chip.setAttribute("aria-pressed", String(words.includes(chip.textContent)));
  };
  box.addEventListener("click", (event) => {
    const word = event.target.closest("button")?.textContent;
    if (!word) return;
    const words = said();
    field.value = (words.includes(word) ? words.filter((other) => other !== word) : [...words, word]).join(between);
    show();
  });
  field.addEventListener("input", show);
  box.hidden = false;
  show();
}
