// A slider beside the number: rows below the threshold hide while it moves, and the address keeps up with it.
export default function threshold(form) {
  const number = form.elements.namedItem("at_least");
  const count = form.querySelector("[data-count]");
  const rows = [...document.querySelectorAll(form.dataset.rows)];
  const sent = document.querySelector("[data-threshold]");
  const range = document.createElement("input");
  range.type = "range";
  for (const name of ["min", "max", "step"]) range[name] = number[name];
  range.value = number.value;
  range.className = "slider";
  range.setAttribute("aria-label", number.labels[0].textContent);
  number.closest(".field").append(range);
  form.querySelector("[data-apply]").hidden = true;
  const show = (value) => {
    const least = Number(value);
    let fitting = 0;
    for (const row of rows) {
      row.hidden = Number(row.dataset.share) < least;
      const box = row.querySelector("input[type=checkbox]:checked");
      // What cannot be seen is not chosen.
      if (row.hidden && box) {
        box.checked = false;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
      if (!row.hidden) fitting += 1;
    }
    count.textContent = String(fitting);
    if (sent) sent.value = value;
    const address = new URL(location.href);
    address.searchParams.set("at_least", value);
    history.replaceState(null, "", address);
  };
  range.addEventListener("input", () => { number.value = range.value; show(range.value); });
  number.addEventListener("input", () => { if (number.value && number.checkValidity()) { range.value = number.value; show(number.value); } });
  form.addEventListener("change", (event) => { if (event.target.name === "surface") form.requestSubmit(); });
}
