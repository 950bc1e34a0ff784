// Dates, hours, lengths of time and lists as the page writes them.
const CHINA = { timeZone: "Asia/Shanghai" };
const CHINA_MS = 8 * 3600 * 1000;

const two = (n) => String(n).padStart(2, "0");
// Minutes as hours, or seconds as minutes: 0:42.
export const clock = (n) => `${Math.floor(n / 60)}:${two(n % 60)}`;

// As the server writes them, whatever zone the phone is set to: 30 Jun 2018, not 6/30/18; 30 Jun 2018, 10:05; 30 Jun, 10:05; 10:05.
const locale = () => (document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang);
const written = (how) => (moment) => new Date(moment).toLocaleString(locale(), { ...CHINA, ...how });
export const day = written({ dateStyle: "medium" });
export const stamp = written({ dateStyle: "medium", timeStyle: "short" });
export const hour = written({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
export const time = written({ timeStyle: "short" });
// For fields and names: 2018-06-30T10:05:00.
export const china = (moment) => new Date(new Date(moment).getTime() + CHINA_MS).toISOString().slice(0, 19);

export const listed = (words) => words.join(document.body.dataset.comma);

export const daysSince = (at) => Math.floor((Date.now() - at) / 86400000);
