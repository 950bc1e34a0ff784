// Who signs in may be another than who was at this phone last, and the page that says so may be lost on its way: until one
// has come, nobody is at this phone. Who came back to this page was not let in, and nothing has changed.
export default function signIn(form) {
  const before = sessionStorage.getItem("before");
  if (before) localStorage.setItem("person", before);
  form.addEventListener("submit", () => {
    const person = localStorage.getItem("person");
    if (person) sessionStorage.setItem("before", person);
    localStorage.removeItem("person");
  });
}
