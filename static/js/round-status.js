// Where a round of this phone is: here, on the server or refused; and what does not stand in it there, and why.
import { within } from "./punctuation.js";

const link = (href, text) => Object.assign(document.createElement("a"), { href, className: "target", textContent: text });

export function tellSafe(line, words, { state, why, open, receipt } = {}) {
  // What is over is looked at on its own page; who is signed out signs in, and it goes on.
  if (state === "sent" && !open && receipt.url) line.replaceChildren(words.wordSent, link(receipt.url, receipt.number));
  else if (state === "sent") line.textContent = words.wordSent + receipt.number;
  else if (state === "waiting" && why === "signed out") line.replaceChildren(words.wordSignedOut, link(words.login, words.wordSignIn));
  else line.textContent = !state ? "" : state === "refused" ? words.wordRefused : words.wordKept;
}

export function tellOut(line, words, { left = [], ticks = [] } = {}, kept, nameOf) {
  const there = kept?.state === "sent" && kept.receipt.sections;
  const gone = there ? ticks.filter((tick) => !there.includes(tick.section_id)) : [];
  const out = [
    ...left.map((one) => (one.section_id ? nameOf(one.section_id) : words.wordPause) + within(words.wordLeft)),
    ...gone.map((tick) => nameOf(tick.section_id) + within(words.wordGone)),
  ];
  line.hidden = !out.length;
  line.textContent = `${words.wordOut}${out.join(", ")}`;
}
