// How long until a deadline, or since, in the words of the page.
const HOUR = 3600000;

// "2 天 6 小时", "2 days 6 hours": as the server writes a length of time.
const worded = (number, unit) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(number).replace(/(\d)(?=[^\d\s,.])/, "$1 ");
const span = (ms) => {
  const [days, hours] = [Math.floor(ms / (24 * HOUR)), Math.floor(ms / HOUR) % 24];
  if (days) return worded(days, "day") + (hours && days < 10 ? ` ${worded(hours, "hour")}` : "");
  return hours ? worded(hours, "hour") : worded(Math.floor(ms / 60000), "minute");
};

export const timeLeft = (words, due, now) => (due >= now ? words.wordLeft : words.wordOver).replace("{span}", span(Math.abs(due - now)));
