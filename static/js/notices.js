// A project on its way to the section that is chosen: said before sending, and again on the receipt.
export default function notices(place) {
  const form = place.closest("form");
  const section = form.elements.namedItem("section_id");
  const line = (notice) => {
    const text = document.createElement("p");
    text.textContent = notice.text;
    return text;
  };
  const tell = async () => {
    const chosen = section.value;
    place.hidden = true;
    if (!chosen) return;
    const query = new URLSearchParams({ section: chosen });
    const answer = await fetch(`${place.dataset.known}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || section.value !== chosen) return;
    const { notices: said } = await answer.json();
    place.replaceChildren(...said.map(line));
    place.hidden = said.length === 0;
  };
  section.addEventListener("change", tell);
}
