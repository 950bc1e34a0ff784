// Loads the behaviour that an element names: data-module="photo" → photo.js, whose default export gets the element.
for (const element of document.querySelectorAll("[data-module]")) {
  import(`./${element.dataset.module}.js`).then((module) => module.default(element));
}
import("./keys.js").then((module) => module.default());
