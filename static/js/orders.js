// My orders, drawn from what the phone keeps (order-card.js); steps that were begun or refused come back into their forms.
import { hour, listed } from "./dates.js";
import { showFaults } from "./faults.js";
import { askedRecord } from "./form.js";
import orderCard from "./order-card.js";
import { set } from "./order-steps.js";
import { kept, refresh } from "./orders-pack.js";
import { pack as district } from "./pack.js";
import { me } from "./person.js";
import { stuck, watch } from "./records.js";
import { instead, letGo, redrawing } from "./redraw.js";
import { restore } from "./step-draft.js";
import { fill, verbOf } from "./step-form.js";
import { all, get } from "./store.js";

const asked = askedRecord();

// A step that was refused comes back into its form, with its photos, to be mended. True where no form is for it.
async function mend(words) {
  const record = asked && (await get("records", asked));
  if (record?.state !== "refused" || record.person !== me()) return false;
  const place = document.getElementById(`order-${record.fields.order}`);
  const form = place && [...place.querySelectorAll("form")].find((each) => verbOf(each) === record.fields.verb);
  if (!form) return true;
  form.closest("details")?.setAttribute("open", "");
  form.closest("details")?.removeAttribute("data-idle");
  await fill(form, record);
  form.dataset.wordCheck = words.wordCheck;
  showFaults(form, record.faults);
  return false;
}

// What this person did and what has to be decided now, whether or not its order is still here.
async function warn(lost, { begun, homeless }) {
  const moved = (await all("records")).filter((record) => record.kind === "step" && stuck(record) && record.person === me() && (homeless || record.id !== asked));
  lost.hidden = !(moved.length || begun);
  lost.querySelector("b").textContent = listed(moved.map(({ number, title }) => `${number} ${title}`));
}

function tellSince(since, pack) {
  since.hidden = !pack;
  if (pack) set(since, "moment", hour(new Date(pack.at + pack.skew)));
}

// The order that the address names is brought into sight, once.
let seen = "";
function scrollToOrder() {
  const order = location.pathname.match(/\/workorders\/(\d+)/)?.[1] ?? location.hash.match(/^#order-(\d+)$/)?.[1];
  if (order && order !== seen) document.getElementById(`order-${order}`)?.scrollIntoView();
  seen = order;
}

// What opened by itself is drawn anew until somebody has a hand in it.
function watchHands(list) {
  for (const name of ["pointerdown", "focusin", "input", "change"]) {
    list.addEventListener(name, ({ target, isTrusted, type }) => { if (isTrusted || type === "change") target.closest("details")?.removeAttribute("data-idle"); });
  }
}

function drawing(box, list) {
  const words = box.dataset;
  const blank = (name) => box.querySelector(`template[data-blank="${name}"]`).content.firstElementChild.cloneNode(true);
  const lost = box.querySelector("[data-lost]");
  const stands = { begun: false, homeless: true };
  let laid = "";

  return redrawing(async () => {
    const [pack, crews] = [await kept(), (await district())?.crews];
    const now = new Date(Date.now() + (pack?.skew ?? 0));
    const drawn = pack ? await Promise.all(pack.orders.map((order) => orderCard({ blank, words }, order, pack, now, crews))) : [];
    drawn.sort((a, b) => a[2] - b[2]);
    const cards = drawn.map(([card]) => card);
    await warn(lost, stands);
    tellSince(box.querySelector("[data-since]"), pack);
    const says = JSON.stringify([pack?.etag, Object.keys(pack?.pictures ?? {}).length, drawn.map(([, said]) => said)]);
    // What is being filled in must not be drawn away under the person's hands, nor a curtain or the focus for nothing new.
    if (says === laid || list.querySelector("details[open]:not([data-idle]) form")) return letGo(cards);
    laid = says;
    instead(list, cards);
    box.querySelector("[data-none]").hidden = cards.length > 0;
    list.dispatchEvent(new CustomEvent("cards-drawn"));
    stands.homeless = await mend(words);
    stands.begun = (await restore(me(), asked)).length > 0 && Boolean(pack);
    await warn(lost, stands);
    scrollToOrder();
  });
}

export default async function orders(box) {
  const list = box.querySelector("[data-cards]");
  const draw = drawing(box, list);
  watchHands(list);
  await draw();
  list.querySelector(`form[data-record="${CSS.escape(asked ?? "")}"]`)?.closest("[data-order]").scrollIntoView();
  watch(draw);
  const fresh = () => refresh().then(draw).catch((fault) => console.info("not brought:", fault.message));
  addEventListener("online", fresh);
  box.addEventListener("step-kept", () => { for (const each of list.querySelectorAll("details[open]")) each.open = false; });
  fresh();
}
