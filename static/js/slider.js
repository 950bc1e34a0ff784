// Before and after: one picture over the other, and a curtain between them that a finger or the arrow keys move.
export default function slider(box) {
  const curtain = box.querySelector(".curtain");
  const both = box.querySelector("[data-both]");
  const pictures = [...box.querySelectorAll("img")];
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
    for (const picture of pictures) picture.src = picture.parentElement.href;
  };
  const lay = (over) => {
    box.classList.toggle("over", over);
    curtain.hidden = !over;
    both.setAttribute("aria-pressed", String(!over));
    // Under the curtain a picture is no link: its own is out of reach.
    for (const picture of pictures) picture.parentElement.tabIndex = over ? -1 : 0;
  };
  box.style.setProperty("--ratio", `${pictures[0].getAttribute("width")} / ${pictures[0].getAttribute("height")}`);
  curtain.addEventListener("input", draw);
  curtain.addEventListener("input", sharpen, { once: true });
  both.addEventListener("click", () => lay(!box.classList.contains("over")));
  box.querySelector("[data-ways]").hidden = false;
  draw();
  lay(true);
}
