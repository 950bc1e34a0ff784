// Before and after of a line of an order, from what the phone keeps, with the curtain of the order's own page.
import slider from "./slider.js";

export default function beforeAfter(box, words, images, number) {
  const [before, after] = box.querySelectorAll("figure");
  for (const [place, figure] of [before, after].entries()) {
    figure.querySelector("img").replaceWith(images[place]);
    figure.querySelector("figcaption").textContent = words[place];
  }
  const curtain = box.querySelector(".curtain");
  curtain.setAttribute("aria-label", `${curtain.getAttribute("aria-label")} · ${number}`);
  box.dataset.wordAfter = words[1];
  slider(box);
}
