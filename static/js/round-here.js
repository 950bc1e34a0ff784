// Which round the page of today is for: the one that lies on this phone, one that was begun elsewhere and goes on here, or
// none yet.
import { askedRecord } from "./form.js";
import { unkept } from "./records.js";
import { all } from "./store.js";

export const running = (person) => ({ kind, open, person: whose }) => kind === "round" && open && whose === person;

// This person's round that is asked for or under way, and those that the server refused.
export async function onPhone(person) {
  const rounds = (await all("records")).filter((row) => row.kind === "round" && row.person === person);
  const refused = rounds.filter(({ state }) => state === "refused");
  const asked = askedRecord();
  return { refused, record: refused.find(({ id }) => id === asked) ?? rounds.find(running(person)) };
}

function offer(box, walking, takeOver) {
  const place = box.querySelector("[data-takeover]");
  place.hidden = false;
  place.querySelector("b").textContent = walking.number;
  place.querySelector("button").addEventListener("click", () => {
    takeOver().then(() => location.reload(), (why) => { place.querySelector("[role=alert]").textContent = unkept(box.dataset, why); });
  });
}

// `walking` is what the server tells of a round under way. Gives the record of this page; `elsewhere` where the round under
// way cannot go on here, but on the plain page.
export async function goOn(box, person, { record: own, refused }, walking) {
  const words = box.dataset;
  let record = own;
  const takeOver = async () => (await import("./round-takeover.js")).default(walking, person, words.wordTitle);
  // A round begun by the plain form goes on here, where it was begun in this browser; else whoever walks it is asked.
  if (walking && (record ? record.id === walking.client_id : walking.here)) record = await takeOver().catch(() => record);
  else if (walking && !record) offer(box, walking, takeOver);
  const elsewhere = Boolean(words.elsewhere) && record?.id !== words.elsewhere && !(record && refused.includes(record));
  return { elsewhere, record: record ?? refused[0] };
}
