// Cards by deadline, as they come, or by distance from where the phone is now.
import { apart, written } from "./metres.js";

const metres = ({ longitude, latitude }, place) => {
  const [lon, lat] = place.split(",").map(Number);
  return apart({ lon: longitude, lat: latitude }, { lon, lat });
};

// Lays the cards in their order. One that somebody has a hand on stays where it is on the screen, and keeps the focus: the
// others are laid around it.
function lay(list, cards, held) {
  if (!held) return list.append(...cards);
  const before = held.getBoundingClientRect().top;
  const place = cards.indexOf(held);
  held.before(...cards.slice(0, place));
  list.append(...cards.slice(place + 1));
  return scrollBy({ top: held.getBoundingClientRect().top - before, behavior: "instant" });
}

export default function byDistance(box) {
  const words = box.dataset;
  const list = document.getElementById(words.list);
  const said = box.querySelector("[role=status]");
  const [deadline, distance] = box.querySelectorAll("button");
  let here = null;
  let hand = null;

  const press = (button) => [deadline, distance].forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
  const away = (card) => {
    const places = (card.dataset.places ?? "").split(" ").filter(Boolean);
    return here && places.length ? Math.min(...places.map((place) => metres(here, place))) : Infinity;
  };
  const sort = () => {
    const near = distance.getAttribute("aria-pressed") === "true";
    const cards = [...list.children].filter(({ dataset }) => dataset.order);
    for (const [place, card] of cards.entries()) card.dataset.turn ??= place;
    cards.sort((a, b) => (near ? away(a) - away(b) : 0) || a.dataset.turn - b.dataset.turn);
    for (const card of cards) {
      const metre = away(card);
      const line = card.querySelector("[data-distance]");
      if (line && metre < Infinity) line.textContent = written(metre);
    }
    lay(list, cards, cards.find((card) => card === hand || card.contains(document.activeElement)));
    list.dispatchEvent(new CustomEvent("cards-sorted"));
  };
  if (!navigator.geolocation || !list) return;
  box.hidden = false;
  // The position may come when somebody is at a card by then.
  list.addEventListener("pointerdown", ({ target }) => { hand = target.closest("[data-order]"); });
  box.addEventListener("click", () => { hand = null; }, true);
  deadline.addEventListener("click", () => {
    sessionStorage.removeItem("by-distance");
    press(deadline);
    said.textContent = "";
    sort();
  });
  distance.addEventListener("click", () => {
    said.textContent = words.wordWait;
    navigator.geolocation.getCurrentPosition((fix) => {
      here = fix.coords;
      said.textContent = "";
      press(distance);
      sessionStorage.setItem("by-distance", "yes");
      sort();
    }, () => { said.textContent = words.wordNone; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
  list.addEventListener("cards-drawn", sort);
  // A step on a card brings the page anew: the cards stay in the order that was chosen.
  if (sessionStorage.getItem("by-distance")) distance.click();
}
