// Hours and lengths of time in the words of the page: 30 Jun, 10:05; how long until a deadline, or since.
import { two } from "./kept.js";
import { dates } from "./pack.js";

const HOUR = 3600000;

// Minutes as hours, or seconds as minutes: 0:42.
export const clock = (n) => `${Math.floor(n / 60)}:${two(n % 60)}`;
export const stamp = (moment) => new Date(moment).toLocaleString(dates(), { dateStyle: "medium", timeStyle: "short" });
export const hour = (moment) => moment.toLocaleString(dates(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

// "2 天 6 小时", "2 days 6 hours": as the server writes a length of time.
const worded = (number, unit) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(number).replace(/(\d)(?=[^\d\s,.])/, "$1 ");
const span = (ms) => {
  const [days, hours] = [Math.floor(ms / (24 * HOUR)), Math.floor(ms / HOUR) % 24];
  if (days) return worded(days, "day") + (hours && days < 10 ? ` ${worded(hours, "hour")}` : "");
  return hours ? worded(hours, "hour") : worded(Math.floor(ms / 60000), "minute");
};

export const left = (words, due, now) => (due >= now ? words.wordLeft : words.wordOver).replace("{span}", span(Math.abs(due - now)));
