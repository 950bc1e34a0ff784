// The orders that matter to the person, kept on the phone with small pictures; unchanged costs nothing.
import { asked, leaving, rowOf } from "./pack.js";
import { me } from "./person.js";
import { all, put } from "./store.js";

const MOST_PICTURES = 60;
const MOST_BYTES = 60000;

export const kept = () => rowOf("orders").catch(() => null);

async function pictures(orders, before) {
  const wanted = orders.flatMap((order) => order.lines.flatMap((line) => line.photos)).slice(0, MOST_PICTURES);
  const found = {};
  for (const { id, url } of wanted) {
    found[id] = before[id];
    if (found[id]) continue;
    const answer = await fetch(url, { redirect: "error" }).catch(() => null);
    const blob = answer?.ok ? await answer.blob() : null;
    if (blob && blob.size <= MOST_BYTES) found[id] = blob;
  }
  return found;
}

// Brings what changed; true where the phone knows something new.
export async function refresh() {
  const before = await kept();
  const { answer, clock } = await asked("/sync/1/orders", before?.etag);
  if (!answer) return false;
  if (answer.status === 304) {
    if (before && !leaving()) await put("pack", { ...before, ...clock });
    return false;
  }
  const said = await answer.json();
  if (leaving()) return false;
  const row = { name: "orders", etag: answer.headers.get("ETag"), ...said, ...clock };
  // Whole only with its pictures: until then the next look asks for everything again.
  await put("pack", { ...row, etag: null, pictures: before?.pictures ?? {} });
  const shown = await pictures(said.orders, before?.pictures ?? {});
  if (!leaving()) await put("pack", { ...row, pictures: shown });
  return true;
}

// Steps on one order by one person go in their order.
export const threadOf = (order, person) => `order:${order}:${person}`;

// The steps of this phone on an order that the pack does not know of yet, oldest first.
export async function steps(order, since = 0) {
  const records = (await all("records")).filter((record) => record.thread === threadOf(order, me()));
  return records.filter((record) => record.state !== "sent" || record.sent > since).sort((a, b) => a.turn - b.turn);
}

// What is on its way or there: a remark takes no step.
export const going = ({ state, fields }) => ["waiting", "sending", "sent"].includes(state) && !fields.as_remark;

// Where the order stands with this phone's steps counted in; `safe`: since when it is.
export const stand = (order, pack, mine) => {
  const taken = mine.filter(going);
  let { state } = order;
  for (const { fields } of taken) state = pack.leads_to[`order.${fields.verb}`] ?? state;
  const told = (verb) => taken.find(({ fields }) => fields.verb === verb)?.fields;
  // By the server's clock, as what the server tells.
  const safe = Date.parse(order.made_safe) || Date.parse(told("make_safe")?.at) + (pack.skew || 0);
  const open = (taken.length ? order.then[state] ?? [] : order.open).map((verb) => verb.replace("order.", ""));
  return { state, safe, failed: told("fail")?.reason, open: open.filter((verb) => !(verb === "make_safe" && safe) && !(verb === "finish" && order.purpose === "make_safe" && !safe)) };
};

// Whether a step that was begun can still be taken, as far as this phone knows, and how its order stands.
export async function placeOf({ fields }) {
  const pack = await kept();
  const order = pack?.orders.find(({ id }) => String(id) === fields.order);
  if (!order) return { fits: !pack, word: "" };
  const { state, open } = stand(order, pack, await steps(order.id, pack.at));
  return { fits: open.includes(fields.verb), word: pack.words[state] };
}
