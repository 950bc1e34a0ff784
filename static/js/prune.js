// What was sent is let go by age: all of the last seven days stays, and in any case the last twenty.
import { beginning, together } from "./store.js";

const LAST = 20;
const WEEK_MS = 7 * 24 * 3600 * 1000;

export default function prune() {
  return together(["records", "photos"], "readwrite", (records, photos) => {
    const asked = records.getAll();
    asked.onsuccess = () => {
      const sent = asked.result.filter(({ state, receipt, open }) => state === "sent" && receipt && !open).sort((a, b) => b.sent - a.sent);
      for (const { id } of sent.slice(LAST).filter((row) => row.sent < Date.now() - WEEK_MS)) {
        // A photo that was left out is nowhere else: it goes with its record, when a person clears that.
        const left = photos.count(beginning(`${id}:`));
        left.onsuccess = () => { if (!left.result) records.delete(id); };
      }
    };
  });
}
