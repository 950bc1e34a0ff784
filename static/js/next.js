// The next defect: on the same section, surface and round as the last one filed from this phone; on no round that is over.
import { habits } from "./habit.js";
import { get } from "./store.js";

export default async function next(link) {
  const same = habits().next;
  const address = new URL(link.href);
  const query = address.searchParams;
  query.set("next", "1");
  for (const [name, value] of Object.entries(same ?? {})) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  if (query.has("round") && (await get("records", query.get("round")).catch(() => null))?.open === false) query.delete("round");
  link.href = address.href;
}
