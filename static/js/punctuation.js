// The signs between words as the page's language writes them: "Rework: …" or "返工：…", " (…)" or "（…）".
export const colon = () => document.body.dataset.colon;
export const within = (text) => document.body.dataset.within.replace("#", text);
