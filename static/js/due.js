// What is to be walked on a day, without network too: as the server worked it out ahead (rounds/ahead.py), with what this
// phone walked since. How often a section is due, the server alone knows.
const DAY_MS = 24 * 3600 * 1000;
const CHINA_MS = 8 * 3600 * 1000;

// The day in China of a moment by the server's clock, and the one so many days after another.
const dayOf = (moment) => new Date(moment + CHINA_MS).toISOString().slice(0, 10);
const days = (from, to) => (Date.parse(to) - Date.parse(from)) / DAY_MS;
const after = (day, count) => new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);

const standing = (due, last, today) => {
  if (last >= today) return "done";
  return due < today ? "missed" : due === today && "today";
};

// `told`: the list as it was told; `rounds`: the rounds of this phone. Gives the list of today by the server's clock, which
// is ahead of this phone's by `told.skew`; `told_on` where it is not today's own, `lacks` where what fell due may not be in it.
export function dueNow(told, rounds, now = Date.now()) {
  const skew = told.skew ?? NaN;
  const real = Number.isNaN(skew) || !told.day ? told.day : dayOf(now + skew);
  const today = real > told.day ? real : told.day;
  const walked = new Map();
  for (const { at, section_id: id } of rounds.flatMap(({ fields }) => fields.ticks)) {
    const day = Number.isNaN(skew) ? "" : dayOf(Date.parse(at) + skew);
    if (day >= told.day && day > (walked.get(id) ?? "")) walked.set(id, day < today ? day : today);
  }
  const stands = (section) => {
    const day = walked.get(section.id);
    if (!(day > (section.last_on ?? ""))) return { ...section, standing: standing(section.due_on, section.last_on ?? "", today) };
    const count = section.again?.[days(told.day, day)];
    const due = Number.isInteger(count) ? after(told.day, count) : "9999";
    // What was passed today keeps its place in the list.
    return { ...section, last_on: day, due_on: day === today ? section.due_on : due, standing: count !== null && standing(due, day, today) };
  };
  const due = [...told.due, ...(told.soon ?? [])].map(stands).filter((section) => section.standing);
  due.sort((a, b) => b.mine - a.mine || (a.due_on ?? today).localeCompare(b.due_on ?? today));
  return { ...told, day: today, due, told_on: today === told.day ? null : told.day, lacks: today > (told.until ?? told.day) };
}
