// What the page before did, told on this one.
import { stuck, watch } from "./records.js";
import { get } from "./store.js";

export default function flash() {
  const told = sessionStorage.getItem("told");
  const [id, head] = JSON.parse(sessionStorage.getItem("told-of") ?? "[]");
  for (const name of ["told", "told-of"]) sessionStorage.removeItem(name);
  const line = document.createElement("p");
  line.className = "flash";
  line.setAttribute("role", "status");
  line.textContent = told;
  document.getElementById("main").prepend(line);
  if (!id) return;
  // What was only kept then is on the server soon, or needs the person: the line does not go on saying that it waits.
  const look = async () => {
    const record = await get("records", id);
    if (record?.state === "sent") line.textContent = head + record.receipt.told;
    else if (!record || stuck(record)) line.remove();
  };
  watch(look);
  look();
}
