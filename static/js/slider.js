// Before and after: one picture over the other, and a curtain between them that a finger or the arrow keys move.
export default function slider(box) {
  const curtain = box.querySelector(".curtain");
  const both = box.querySelector("[data-both]");
  const pictures = [...box.querySelectorAll("img")];
  // What a phone keeps is no link: there is no larger one.
  const links = [...box.querySelectorAll("a")];
  const { wordBefore, wordAfter } = box.dataset;

  const draw = () => {
    const part = Number(curtain.value);
    // The handle is 44 px wide and stays inside: at both ends one picture is seen whole.
    box.style.setProperty("--cut", part % 100 ? `calc(22px + (100% - 44px) * ${part / 100})` : `${part}%`);
    curtain.setAttribute("aria-valuetext", `${wordBefore} ${part} % · ${wordAfter} ${100 - part} %`);
  };
  // Who looks closely gets the whole picture, unless they save data.
  const sharpen = () => {
    if (navigator.connection?.saveData) return;
    for (const link of links) link.querySelector("img").src = link.href;
  };
  const lay = (over) => {
    box.classList.toggle("over", over);
    curtain.hidden = !over;
    both.setAttribute("aria-pressed", String(!over));
    // Under the curtain a picture is no link: its own is out of reach.
    for (const link of links) link.tabIndex = over ? -1 : 0;
  };
  // Both are cut as the earlier one is. What a phone keeps knows its size only when it is there.
  const [first] = pictures;
  const shape = () => {
    const [wide, high] = first.hasAttribute("width") ? ["width", "height"].map((side) => first.getAttribute(side)) : [first.naturalWidth, first.naturalHeight];
    if (high > 0) box.style.setProperty("--ratio", `${wide} / ${high}`);
  };
  first.addEventListener("load", shape, { once: true });
  shape();
  curtain.addEventListener("input", draw);
  curtain.addEventListener("input", sharpen, { once: true });
  both.addEventListener("click", () => lay(!box.classList.contains("over")));
  box.querySelector("[data-ways]").hidden = false;
  draw();
  lay(true);
}
