// Cards by deadline, as they come, or by distance from where the phone is now.
import { apart, written } from "./metres.js";

const metres = ({ longitude, latitude }, place) => {
  const [lon, lat] = place.split(",").map(Number);
  return apart({ lon: longitude, lat: latitude }, { lon, lat });
};

export default function byDistance(box) {
  const words = box.dataset;
  const list = document.getElementById(words.list);
  const said = box.querySelector("[role=status]");
  const [deadline, distance] = box.querySelectorAll("button");
  let here = null;

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
    list.append(...cards);
    list.dispatchEvent(new CustomEvent("cards-sorted"));
  };
  if (!navigator.geolocation || !list) return;
  box.hidden = false;
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
