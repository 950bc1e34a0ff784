// Draws arrows, circles and lengths on a copy of a photo; the photo itself stays as it is.
import { MOST_PX } from "./shrink.js";

const INK = "#ff5a00";
const EDGE = "#ffffff";
// Points stand at a part of width and height, 0 to 1.
const BEGIN = [[0.35, 0.5], [0.6, 0.5]];
const GRIP_PX = 28;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const inside = (value) => Math.max(0, Math.min(1, value));

function strokes(pen, mark, [x1, y1], [x2, y2], size) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const line = (...points) => points.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  const off = (turn, far, [x, y]) => [x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn)];
  pen.beginPath();
  if (mark.tool === "circle") pen.arc(x1, y1, Math.hypot(x2 - x1, y2 - y1), 0, 2 * Math.PI);
  else line([x1, y1], [x2, y2]);
  if (mark.tool === "arrow") line(off(2.6, 5 * size, [x2, y2]), [x2, y2], off(-2.6, 5 * size, [x2, y2]));
  if (mark.tool === "length") for (const end of [[x1, y1], [x2, y2]]) line(off(Math.PI / 2, 3 * size, end), off(-Math.PI / 2, 3 * size, end));
  pen.stroke();
}

function label(pen, text, [x1, y1], [x2, y2], size) {
  pen.font = `600 ${size * 6}px sans-serif`;
  pen.textAlign = "center";
  pen.lineWidth = size * 1.5;
  const place = [text, (x1 + x2) / 2, (y1 + y2) / 2 - size * 3];
  pen.strokeText(...place);
  pen.fillText(...place);
}

function paint(canvas, image, marks) {
  const pen = canvas.getContext("2d");
  const size = Math.max(canvas.width, canvas.height) / 160;
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  pen.lineCap = pen.lineJoin = "round";
  pen.fillStyle = INK;
  for (const mark of marks) {
    const ends = mark.ends.map(([x, y]) => [x * canvas.width, y * canvas.height]);
    // A light edge under the ink: it must be seen on asphalt and on paving.
    for (const [colour, width] of [[EDGE, 2.2], [INK, 1.2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = size * width;
      strokes(pen, mark, ...ends, size);
    }
    pen.strokeStyle = EDGE;
    if (mark.tool === "length" && mark.metres) label(pen, `${mark.metres} m`, ...ends, size);
  }
}

// Opens the drawing page over a photo; gives the marked copy as a JPEG, or nothing where it was closed.
export default async function markup(dialog, shown) {
  const image = await createImageBitmap(shown).catch(() => null);
  if (!image) return null;
  const [canvas, list, blank] = ["canvas", "[data-marks]", "template"].map((name) => dialog.querySelector(name));
  const words = dialog.dataset;
  const scale = Math.min(1, MOST_PX / Math.max(image.width, image.height));
  const marks = [];
  const end = new AbortController();
  const on = (target, name, work) => target.addEventListener(name, work, { signal: end.signal });
  const keep = dialog.querySelector("[data-keep]");
  [canvas.width, canvas.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];

  const names = { arrow: words.wordArrow, circle: words.wordCircle, length: words.wordLength };
  const point = (mark, place) => (mark.tool === "circle" ? [words.wordCentre, words.wordRim] : [words.wordStart, words.wordEnd])[place];
  const draw = () => {
    paint(canvas, image, marks);
    keep.disabled = marks.length === 0;
    for (const { row, ends, ...mark } of marks) {
      row.querySelectorAll("[data-point]").forEach((button, place) => {
        button.textContent = `${point(mark, place)} ${ends[place].map((part) => Math.round(part * 100)).join(" · ")}`;
      });
    }
  };

  const add = (ends) => {
    const { value: tool } = dialog.querySelector("[name=markup-tool]:checked");
    const row = blank.content.firstElementChild.cloneNode(true);
    const mark = { tool, ends: ends.map((spot) => [...spot]), metres: "", row };
    marks.push(mark);
    row.querySelector("b").textContent = names[tool];
    row.querySelector("label").hidden = tool !== "length";
    row.querySelector("input").addEventListener("input", (event) => { mark.metres = event.target.value.trim(); draw(); });
    row.querySelector("[data-remove]").addEventListener("click", () => { marks.splice(marks.indexOf(mark), 1); row.remove(); draw(); dialog.querySelector("[data-add]").focus(); });
    row.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      const place = event.target.dataset?.point;
      if (!step || !place) return;
      event.preventDefault();
      mark.ends[place] = mark.ends[place].map((part, axis) => inside(part + step[axis] * (event.shiftKey ? 0.05 : 0.01)));
      draw();
    });
    list.append(row);
    draw();
    return mark;
  };

  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };
  // The end of a mark under the finger, if any: it is moved, and no new mark is begun.
  const grip = ([x, y]) => {
    const box = canvas.getBoundingClientRect();
    for (const mark of marks) {
      for (const place of [0, 1]) {
        const [px, py] = mark.ends[place];
        if (Math.hypot((px - x) * box.width, (py - y) * box.height) < GRIP_PX) return { mark, place };
      }
    }
    return null;
  };

  let held = null;
  on(canvas, "pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const here = spot(event);
    held = grip(here) ?? { mark: add([here, here]), place: 1 };
  });
  on(canvas, "pointermove", (event) => { if (held) { held.mark.ends[held.place] = spot(event); draw(); } });
  on(canvas, "pointerup", () => {
    // The metres of a length are typed: their field must be seen, but the picture must not move under the finger.
    if (held?.mark.tool === "length") {
      list.closest("details").open = true;
      held.mark.row.scrollIntoView({ block: "nearest" });
    }
    held = null;
  });
  on(canvas, "pointercancel", () => { held = null; });
  on(dialog.querySelector("[data-add]"), "click", () => add(BEGIN).row.querySelector("[data-point='1']").focus());

  list.replaceChildren();
  draw();
  dialog.showModal();
  const wanted = await new Promise((done) => {
    on(keep, "click", () => done(true));
    on(dialog.querySelector("[data-close]"), "click", () => done(false));
    on(dialog, "close", () => done(false));
  });
  end.abort();
  keep.disabled = true;
  // The page under it must not be sent before the copy is there.
  const made = wanted ? await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.86); }) : null;
  dialog.close();
  image.close();
  return made;
}
