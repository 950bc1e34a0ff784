// How long until a deadline, or since, in the words of the page.
const HOUR = 3600000;

const span = (ms) => {
  const [unit, each] = ms >= 48 * HOUR ? ["day", 24 * HOUR] : ms >= HOUR ? ["hour", HOUR] : ["minute", 60000];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(Math.floor(ms / each));
};

export const left = (words, due, now) => (due >= now ? words.wordLeft : words.wordOver).replace("{span}", span(Math.abs(due - now)));
