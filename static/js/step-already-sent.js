// A step that another tab has sent already: what this tab took or typed besides is a step of its own, and nothing of it is
// lost; the server says whether the order still takes it. Seldom needed.
import { moveOn } from "./already-sent.js";
import { clientId, photosOf } from "./records.js";
import { keepOnly, recordOf } from "./step-form.js";

const said = ({ fields }) => JSON.stringify(Object.entries(fields).filter(([name]) => !/^(after|at|seen|photos.*)$/.test(name)).sort());

export default async function stepAlreadySent(form, sent, person) {
  const left = await photosOf(sent.id);
  if (!left.length && said(recordOf(form, person)) === said(sent)) return;
  form.dataset.record = clientId();
  keepOnly(form, left.map(({ sha256 }) => sha256));
  await moveOn(sent.id, recordOf(form, person));
}
