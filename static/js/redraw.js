// Drawing again what changes: however much is whispered meanwhile, one drawing is under way and one waits.
export const redrawing = (paint) => {
  let [drawing, stale] = [null, false];
  const work = async () => {
    while (stale) {
      stale = false;
      // One that fails ends nothing: the next one is as good as the first.
      await paint().catch((fault) => console.info("not drawn:", fault.message));
    }
    drawing = null;
  };
  return () => {
    stale = true;
    return (drawing ??= work());
  };
};

// What was drawn holds its pictures until they are let go of.
export const letGo = (cards) => {
  for (const card of cards) for (const image of card.querySelectorAll("img")) URL.revokeObjectURL(image.src);
};
// Draws a list anew, as a whole.
export const instead = (list, cards) => {
  letGo(list.children);
  list.replaceChildren(...cards);
};

const buttons = (card) => [...card.querySelectorAll("a, button")];

// Lays these cards into a list. One that is there already is not moved, so that neither finger nor focus loses it; `next`
// gives the card that comes for one that goes, and whoever was on it by keyboard is on that.
export function lay(list, cards, next) {
  const at = document.activeElement;
  const held = [...list.children].find((card) => card.contains(at));
  const place = held ? buttons(held).indexOf(at) : -1;
  for (const old of [...list.children]) {
    if (cards.includes(old)) continue;
    old.remove();
    letGo([old]);
  }
  for (const [n, card] of cards.entries()) if (list.children[n] !== card) list.insertBefore(card, list.children[n] ?? null);
  if (held && !cards.includes(held)) buttons(next(held) ?? held)[place]?.focus({ preventScroll: true });
}
