// The next defect: on the same section, surface and round as the last one filed from this phone.
import { habits } from "./habit.js";

export default function next(link) {
  const same = habits().next;
  const address = new URL(link.href);
  address.searchParams.set("next", "1");
  for (const [name, value] of Object.entries(same ?? {})) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  link.href = address.href;
}
