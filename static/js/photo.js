// The camera button shows how many photos wait, and tells the form at which moment they were taken.
export default function photo(box) {
  const input = box.querySelector("input[type=file]");
  const label = box.querySelector("label");
  const text = label.textContent;
  input.addEventListener("change", () => {
    const waiting = input.files.length;
    label.textContent = waiting ? `${text} · ${waiting}` : text;
    box.dataset.shot = String(Date.now());
    box.dispatchEvent(new CustomEvent("shutter", { bubbles: true }));
  });
}
