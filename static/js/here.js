// "While you are here": asks the phone where it is and opens the list around that place.
import { DOUBTFUL_M } from "./metres.js";
import { remember } from "./pack.js";

export default function here(form) {
  if (!navigator.geolocation) return;
  const said = form.querySelector("[data-said]");
  const { wordWait, wordNone } = form.dataset;
  const look = () => {
    said.textContent = wordWait;
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude: lon, latitude: lat, accuracy } }) => {
        if (accuracy <= DOUBTFUL_M) remember({ lon, lat });
        location.replace(`?lon=${lon.toFixed(5)}&lat=${lat.toFixed(5)}`);
      },
      () => { said.textContent = wordNone; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  };
  const line = form.querySelector("[data-locate]");
  line.hidden = false;
  line.querySelector("button").addEventListener("click", look);
  // Who allowed it before need not press: the page is opened in order to know.
  if (!location.search) navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => { if (state === "granted") look(); });
}
