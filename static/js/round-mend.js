// A round that the server refused: each fault at its place, with what can be done there; all else stays as it was told.
import { china } from "./dates.js";

// What was not changed keeps its parts of a second.
const moment = (field, before) => (field.value && field.value !== china(before) ? new Date(`${field.value}+08:00`).toISOString() : before);
const without = (rows, place) => rows.filter((_row, n) => n !== place);

// Where a fault lies in the fields of a round: what it is called, which fields mend it, and what comes of them.
function placeOf(name, fields, words, nameOf) {
  const [kind, id] = name.split("-").map((part, n) => (n ? Number(part) : part));
  const tick = fields.ticks.find((one) => one.section_id === id);
  const ticks = (values) => ({ ticks: fields.ticks.map((one) => (one === tick ? { ...one, ...values } : one)) });
  // What is left out is not thrown away: the phone and the rescue file go on telling of it.
  const leftOut = (what) => ({ left: [...(fields.left ?? []), what] });
  if (kind === "note") return { what: words.wordNote, shown: { note: fields.note }, mended: (said) => ({ note: said.note.value.trim() }) };
  if (kind === "weather") return { what: words.wordWeather, shown: { weather: fields.weather }, mended: (said) => ({ weather: said.weather.value }) };
  if (kind === "started_at") return { what: words.wordStarted, shown: { at: china(fields.started_at) }, mended: (said) => ({ started_at: moment(said.at, fields.started_at) }) };
  if (kind === "ended_at" && fields.ended_at) return { what: words.wordEnded, shown: { at: china(fields.ended_at) }, mended: (said) => ({ ended_at: moment(said.at, fields.ended_at) }) };
  if (kind === "pauses" && fields.pauses[id]) {
    const [from, until] = fields.pauses[id];
    const mended = (said) => (said.leave.checked
      ? { pauses: without(fields.pauses, id), ...leftOut({ pause: [from, until] }) }
      : { pauses: fields.pauses.map((one, n) => (n === id ? [moment(said.from, from), until && moment(said.until, until)] : one)) });
    return { what: `${words.wordPause} ${id + 1}`, shown: { from: china(from), ...(until ? { until: china(until) } : {}), leave: "" }, mended };
  }
  if (tick && (kind === "reason" || kind === "ticks")) {
    const shown = kind === "reason" ? { reason: tick.reason ?? "", leave: "" } : { at: china(tick.at), leave: "" };
    const changed = (said) => (kind === "reason" ? { reason: said.reason.value.trim() } : { at: moment(said.at, tick.at) });
    const mended = (said) => (said.leave.checked ? { ticks: fields.ticks.filter((one) => one !== tick), ...leftOut(tick) } : ticks(changed(said)));
    return { what: nameOf(id), shown, mended };
  }
  return { what: "", shown: {}, mended: () => ({}), stuck: true };
}

// Draws the faults of a refused record; `send` gets the mended fields. Faults that are drawn already stay as they are typed.
export default function mend(panel, blank, record, nameOf, send) {
  const words = panel.dataset;
  const mark = JSON.stringify([record.id, record.rev, record.faults]);
  panel.hidden = false;
  if (words.drawn === mark) return;
  words.drawn = mark;
  const list = panel.querySelector("[data-faults]");
  const rows = Object.entries(record.faults).map(([name, sentences], n) => {
    const row = blank.content.firstElementChild.cloneNode(true);
    const { what, shown, stuck } = placeOf(name, record.fields, words, nameOf);
    row.querySelector("[data-what]").textContent = what;
    row.querySelector("[data-why]").textContent = [...sentences, stuck ? words.wordStuck : ""].filter(Boolean).join(" ");
    for (const part of row.querySelectorAll("[data-for]")) {
      const field = part.querySelector("[name]");
      if (!(part.dataset.for in shown)) { part.remove(); continue; }
      field.id = `mend-${n}-${part.dataset.for}`;
      const label = part.querySelector("label[for]");
      if (label) label.htmlFor = field.id;
      if (field.type !== "checkbox") field.value = shown[part.dataset.for];
      field.setAttribute("aria-description", sentences.join(" "));
    }
    return { name, row };
  });
  list.replaceChildren(...rows.map(({ row }) => row));
  panel.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    // From the last to the first: a pause that is left out must not move the places of those before it.
    const fields = [...rows].reverse().reduce((now, { name, row }) => {
      const said = Object.fromEntries([...row.querySelectorAll("[name]")].map((field) => [field.name, field]));
      return { ...now, ...placeOf(name, now, words, nameOf).mended(said) };
    }, record.fields);
    send(fields);
  };
}
