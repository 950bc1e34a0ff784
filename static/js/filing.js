// Filing in the street: an id made on the device, photos sent ahead as they are taken, twins shown before sending.
const clientId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

export default function filing(form) {
  const words = form.dataset;
  const field = (name) => form.elements.namedItem(name);
  const ids = form.querySelector("[data-ids]");
  const thumbs = form.querySelector("[data-thumbs]");
  const files = form.querySelector("input[type=file]");
  const twins = form.querySelector("[data-twins]");
  const decided = form.querySelector("[data-decided]");
  const button = form.querySelector(".sendbar button");
  let sending = Promise.resolve();

  if (!ids.value && !form.querySelector(".fault, #twins")) field("client_id").value = clientId();
  if (!field("found_at").value) field("found_at").value = new Date().toISOString();

  const send = async (file) => {
    const image = document.createElement("img");
    image.alt = words.wordSending;
    image.src = URL.createObjectURL(file);
    thumbs.append(image);
    const body = new FormData();
    body.append("csrf_token", field("csrf_token").value);
    body.append("photo", file, "photo");
    const answer = await fetch(words.upload, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) {
      image.remove();
      throw new Error(told.error.message);
    }
    image.src = told.thumb;
    image.alt = file.name;
    const known = ids.value ? ids.value.split(",") : [];
    if (!known.includes(String(told.id))) ids.value = [...known, told.id].join(",");
  };

  files.addEventListener("change", () => {
    const taken = [...files.files];
    sending = sending.then(async () => {
      for (const file of taken) {
        try {
          await send(file);
          if (taken.length === 1) files.value = "";
        } catch (fault) {
          const line = document.createElement("p");
          line.className = "wrong";
          line.setAttribute("role", "alert");
          line.textContent = fault instanceof TypeError ? words.wordFailed : fault.message;
          thumbs.after(line);
          return;
        }
      }
      files.value = "";
    });
  });

  // A project on its way to this section: said before sending, and again on the receipt.
  const tell = async () => {
    const place = form.querySelector("[data-notices]");
    const section = field("section_id").value;
    place.hidden = true;
    if (!section) return;
    const answer = await fetch(`${words.known}?${new URLSearchParams({ section })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || field("section_id").value !== section) return;
    const { notices } = await answer.json();
    place.replaceChildren(...notices.map((notice) => {
      const line = document.createElement("p");
      line.textContent = notice.text;
      return line;
    }));
    place.hidden = notices.length === 0;
  };

  const look = async () => {
    const kind = form.querySelector("input[name=type_code]:checked");
    decided.value = "";
    if (!kind || !field("lat").value) return;
    const query = new URLSearchParams({ lon: field("lon").value, lat: field("lat").value, type: kind.value });
    const answer = await fetch(`${words.near}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { defects } = await answer.json();
    decided.value = kind.value; // shown, or nothing to show: the server need not ask again
    twins.replaceChildren();
    twins.hidden = defects.length === 0;
    if (!defects.length) return;
    const head = document.createElement("h2");
    head.textContent = words.wordAgain;
    twins.append(head, ...defects.map(card));
  };
  const card = (defect) => {
    const link = document.createElement("a");
    link.href = defect.url;
    link.className = "item";
    if (defect.photo) {
      const image = document.createElement("img");
      image.src = defect.photo;
      image.alt = "";
      image.className = "thumb";
      link.append(image);
    }
    const text = document.createElement("span");
    text.textContent = `${defect.number} · ${defect.type} · ${defect.distance_m} ${words.wordAway}`;
    link.append(text);
    return link;
  };
  form.addEventListener("change", (event) => {
    if (["type_code", "section_id", "surface"].includes(event.target.name)) look();
    if (event.target.name === "section_id") tell();
  });
  form.addEventListener("position-picked", look);

  let gone = false;
  form.addEventListener("submit", (event) => {
    if (gone) return;
    event.preventDefault();
    const pressed = event.submitter;
    if (pressed?.name) {
      const choice = Object.assign(document.createElement("input"), { type: "hidden", name: pressed.name, value: pressed.value });
      form.append(choice);
    }
    button.disabled = true;
    button.textContent = words.wordSending;
    sending.finally(() => { gone = true; form.submit(); });
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
