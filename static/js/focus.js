// Take the reader to what is wrong.
export default function focus(element) {
  element.focus();
}
