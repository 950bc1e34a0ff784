// A measure of about ten times what was filed, or of a tenth, is asked about at Send.
import doubt from "./doubt.js";

export default function slip(box) {
  const { filed, times, wordAsk } = box.dataset;
  const input = box.parentElement.querySelector("[name^=m2-]");
  const said = () => input.value.normalize("NFKC");
  const odd = (m2) => filed > 0 && m2 > 0 && Math.max(m2, filed) >= times * Math.min(m2, filed);
  const tell = () => { box.querySelector("b").textContent = wordAsk.replace("{filed}", `${Number(filed)} m²`).replace("{measured}", `${Number.parseFloat(said())} m²`); };
  input.addEventListener("input", doubt(box.closest("form"), box, said, odd, tell));
}
