// Each photo just taken is a button that opens it for marking up; what draws on it is loaded only then.
export default function marker(thumbs) {
  const { wordMark } = thumbs.dataset;
  const offer = (image) => {
    if (image.nodeName !== "IMG" || !image.src.startsWith("blob:")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "mark";
    const word = document.createElement("span");
    word.textContent = wordMark;
    image.replaceWith(button);
    button.append(image, word);
    button.addEventListener("click", async () => {
      const { default: markup } = await import("./markup.js");
      const marked = await markup(document.getElementById("markup"), image);
      if (marked) thumbs.closest("form").dispatchEvent(new CustomEvent("photo-made", { detail: marked }));
      button.focus();
    });
  };
  for (const image of [...thumbs.children]) offer(image);
  new MutationObserver((changes) => { for (const { addedNodes } of changes) addedNodes.forEach(offer); }).observe(thumbs, { childList: true });
}
