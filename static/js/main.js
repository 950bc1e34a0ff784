// Loads what an element names (data-module="photo" → photo.js, whose default export gets it); keys where they move something.
const ready = [];
if (document.querySelector("tbody, [type=search], [data-row]:not(template)")) ready.push(import("./keys.js").then((module) => module.default()));
for (const element of document.querySelectorAll("[data-module]")) {
  ready.push(import(`./${element.dataset.module}.js`).then((module) => module.default(element)));
}
if (document.body.classList.contains("signed-in")) ready.push(import("./offline.js").then((module) => module.default()));
Promise.allSettled(ready).then(() => { document.documentElement.dataset.ready = "yes"; });
