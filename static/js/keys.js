// The desk by keyboard: / search, j and k move, o open, x choose.
const typing = (element) => element.closest("input, textarea, select, [contenteditable], [role=application]");

export default function keys() {
  const rows = [...document.querySelectorAll("tbody tr, [data-row]")];
  let at = -1;
  const go = (step) => {
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at]?.querySelector("a[href]")?.focus();
  };
  const acts = {
    "/": () => document.querySelector("input[type=search]")?.focus(),
    j: () => go(1),
    k: () => go(-1),
    x: () => rows[at]?.querySelector("input[type=checkbox]")?.click(),
    o: () => rows[at]?.querySelector("a[href]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
