// The camera button shows how many photos wait, and tells the form at which moment they were taken.
export default function photo(box) {
  const input = box.querySelector("input[type=file]");
  const label = box.querySelector("label");
  const text = label.textContent;
  // Where the photos are shown, what is shown counts: the field holds the last taken only, and is emptied soon.
  const thumbs = box.closest(".field, fieldset, form")?.querySelector(".thumbs");
  const count = () => {
    const waiting = thumbs?.querySelectorAll("img").length || input.files.length;
    label.textContent = waiting ? `${text} · ${waiting}` : text;
  };
  input.addEventListener("change", () => {
    count();
    box.dataset.shot = String(Date.now());
    box.dispatchEvent(new CustomEvent("shutter", { bubbles: true }));
  });
  if (!thumbs) return;
  new MutationObserver(count).observe(thumbs, { childList: true, subtree: true });
  count();
}
