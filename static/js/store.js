// What the phone keeps: records on their way, their photos, and the pack that lets it work alone. A promise is kept only
// when the transaction is complete.
import { atMost } from "./patience.js";

const STORES = { records: "id", photos: "key", pack: "name" };
// What a browser says of a connection that it has lost, as an iPhone's does while the camera is open.
const LOST = ["InvalidStateError", "UnknownError", "AbortError"];
// A slow phone opens it all the same.
const OPENING_MS = 10000;
let opening;

const disconnect = () => { opening = undefined; };
const open = () => new Promise((resolve, reject) => {
  const request = indexedDB.open("roadworks", 1);
  request.onupgradeneeded = () => {
    for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
  };
  request.onsuccess = () => {
    request.result.onversionchange = () => { request.result.close(); disconnect(); };
    request.result.onclose = disconnect;
    resolve(request.result);
  };
  request.onerror = () => { disconnect(); reject(request.error); };
  request.onblocked = () => { disconnect(); reject(new Error("blocked")); };
});

const run = (database, names, mode, work) => new Promise((resolve, reject) => {
  const transaction = database.transaction(names, mode, { durability: "strict" });
  let given;
  // A row that is not there is nothing, not the question for it.
  transaction.oncomplete = () => resolve(given instanceof IDBRequest ? given.result : given);
  transaction.onerror = transaction.onabort = ({ target }) => reject(target.error ?? new Error("aborted"));
  given = work(...names.map((name) => transaction.objectStore(name)));
});

// Runs `work` on the stores in one transaction; gives what `work` gives, once everything is on disk. Where the connection is
// lost, it is opened again and `work` runs once more.
export async function together(names, mode, work) {
  const mine = (opening ??= open());
  try {
    return await run(await mine, names, mode, work);
  } catch (fault) {
    if (!LOST.includes(fault.name)) throw fault;
    if (opening === mine) disconnect();
    return run(await (opening ??= open()), names, mode, work);
  }
}

export const get = (store, key) => together([store], "readonly", (rows) => rows.get(key));
export const all = (store) => together([store], "readonly", (rows) => rows.getAll());
// The rows whose key begins so, and no others: photos are large.
export const beginning = (begin) => IDBKeyRange.bound(begin, `${begin}\uffff`);
export const under = (store, begin) => together([store], "readonly", (rows) => rows.getAll(beginning(begin)));
export const put = (store, row) => together([store], "readwrite", (rows) => { rows.put(row); });
export const remove = (store, key) => together([store], "readwrite", (rows) => { rows.delete(key); });

// Whether it can be read at all: where it cannot be opened, nothing can be kept.
let readable;
export const works = () => (readable ??= atMost(OPENING_MS, get("records", "").then(() => true, () => false), false));

// Changes one row by what is there now, so that two tabs do not write over each other; nothing where it is gone.
export const change = (store, key, values) => together([store], "readwrite", (rows) => {
  const request = rows.get(key);
  request.onsuccess = () => { if (request.result) rows.put({ ...request.result, ...values }); };
});
