// The wall refreshes itself and never loses the page: without an answer it says since when. A long wall turns
// its pages on a large screen until somebody touches it.
const EVERY = 60_000;
const TURN = 20_000;

export default function wall(main) {
  async function refresh() {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-module=wall]");
      if (!answer.ok || !next) throw new Error(String(answer.status));
      main.dataset.lost = next.dataset.lost;
      main.replaceChildren(...next.childNodes);
    } catch {
      const stale = main.querySelector("[data-stale]");
      stale.textContent = main.dataset.lost;
      stale.hidden = false;
    }
  }
  function turn() {
    const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 4;
    scrollTo({ top: end ? 0 : scrollY + innerHeight * 0.85 });
  }
  setInterval(refresh, EVERY);
  if (!matchMedia("(min-width: 1600px)").matches) return;
  const turning = setInterval(turn, TURN);
  for (const name of ["wheel", "pointerdown", "keydown"]) addEventListener(name, () => clearInterval(turning), { once: true });
}
