// Dates, hours, lengths of time and lists as the page writes them.

export const two = (n) => String(n).padStart(2, "0");
// Minutes as hours, or seconds as minutes: 0:42.
export const clock = (n) => `${Math.floor(n / 60)}:${two(n % 60)}`;

// As the server writes them: 30 Jun 2018, not 6/30/18; 30 Jun 2018, 10:05; 30 Jun, 10:05.
export const locale = () => (document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang);
export const day = (moment) => new Date(moment).toLocaleDateString(locale(), { dateStyle: "medium" });
export const stamp = (moment) => new Date(moment).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
export const hour = (moment) => moment.toLocaleString(locale(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export const listed = (words) => words.join(document.body.dataset.comma);

export const daysSince = (at) => Math.floor((Date.now() - at) / 86400000);
