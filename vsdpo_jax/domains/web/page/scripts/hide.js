// Changes the page for further pictures: without its texts, with nothing but texts, with some texts.
// What the page says with !important must not win: our sheet outweighs every selector, and elements
// that still resist (layers, inline styles) are changed one by one.

const PARTS = [
  "",
  "::before",
  "::after",
  "::marker",
  "::placeholder",
  "::first-letter",
  "::first-line",
  "::file-selector-button",
];
const HEAVY = ":not(#a#b#c#d#e#f#g#h)";
const SHOWN = "data-shown-text"; // on elements whose controls, markers, pseudo texts are shown alone

const each = (selector, parts, weight = HEAVY) =>
  parts.map((part) => `${selector}${weight}${part}`).join(",");

/** Fills and shadows are inherited by pseudo-elements: these are named only where the page says
 *  something of its own about fills and shadows. Naming them costs a style for each of each element. */
const noText = (parts) => `
  ${each(`*:not([${SHOWN}])`, parts)} {
    -webkit-text-fill-color: transparent !important;
    -webkit-text-stroke-color: transparent !important;
    text-emphasis-color: transparent !important;
    text-shadow: none !important;
  }
  ${each(`:is(text, tspan, textPath):not([${SHOWN}])`, [""])} {
    fill: transparent !important;
    stroke: transparent !important;
  }`;

const HITTABLE = `${each("*", [""])} { pointer-events: auto !important; }`;

// Fills stay where glyphs are cut out of them: text-fill is black, and backgrounds are gone.
const ONLY_TEXT = `
  ${each("*", PARTS)} {
    color: #000 !important; -webkit-text-fill-color: #000 !important;
    background: none !important; border-color: transparent !important; border-image: none !important;
    box-shadow: none !important; text-shadow: none !important; outline-color: transparent !important;
    text-decoration-color: transparent !important; -webkit-text-stroke-color: transparent !important;
    column-rule-color: transparent !important; opacity: 1 !important; mix-blend-mode: normal !important;
    background-blend-mode: normal !important; clip-path: none !important; mask: none !important;
    clip: auto !important; backdrop-filter: none !important; accent-color: #fff !important;
    visibility: inherit !important;
  }
  ${each("*", ["::marker"])} { color: #000 !important; }
  ${each(":is(img, video, canvas, iframe, object, embed, meter, progress):not([data-alt])", [""])} { visibility: hidden !important; }
  ${each(":is(input[type=checkbox], input[type=radio], input[type=range], input[type=color])", [""])} { visibility: hidden !important; }
  ${each("html", [""])} { background: #fff !important; }
  ${each("svg, svg *", [""])} { fill: none !important; stroke: none !important; filter: none !important; }
  ${each(":is(text, tspan, textPath)", [""])} { fill: #000 !important; }`;

const SOLO = `
  ::highlight(solo) { color: currentcolor; -webkit-text-fill-color: currentcolor; }
  ${each(`[${SHOWN}]`, ["", "::before", "::after", "::marker", "::placeholder"])} {
    -webkit-text-fill-color: currentcolor !important;
  }`;

/** Sets inline properties so that they can be taken back exactly. */
class Overrides {
  constructor() {
    this.before = new Map();
  }

  set(element, property, value) {
    if (!this.before.has(element)) this.before.set(element, element.getAttribute("style"));
    element.style.setProperty(property, value, "important");
  }

  undo() {
    for (const [element, style] of this.before) {
      if (style === null) element.removeAttribute("style");
      else element.setAttribute("style", style);
    }
    this.before.clear();
  }
}

function useSheet(held, css) {
  if (!held.sheet) {
    held.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, held.sheet];
  }
  held.sheet.replaceSync(css);
}

const isSvgText = (element) => element.namespaceURI.endsWith("svg");

/** Takes the glyphs of all texts away; decorations and what text would clip stay or go with care. */
function hideTexts(held) {
  const overrides = (held.overrides ??= new Overrides());
  for (const fact of held.page.facts) {
    const element = held.page.elements[fact.number];
    // A line of the text's own colour would vanish with its fill.
    if (fact.style.textDecorationLine !== "none") {
      overrides.set(element, "text-decoration-color", fact.style.textDecorationColor);
    }
    if (/\btext\b/.test(fact.style.backgroundClip)) overrides.set(element, "background", "none");
  }
  useSheet(held, noText(held.parts) + HITTABLE);
  for (const { element } of held.runs) {
    const style = getComputedStyle(element);
    const property = isSvgText(element) ? "fill" : "-webkit-text-fill-color";
    if (!/^rgba\(.*, 0\)$/.test(style.getPropertyValue(property)))
      overrides.set(element, property, "transparent");
    if (style.textShadow !== "none") overrides.set(element, "text-shadow", "none");
  }
}

/** What comes after the first picture, in one call: what won the cascade, while no style of ours is
 *  there; then no texts, and who is topmost on things. */
function explainAndHide(held, { cascade: asked, things, maxHits }) {
  const winners = cascade(held, asked);
  hideTexts(held);
  return { winners, hits: hitThings(held, things, maxHits) };
}

/** Points at which each thing was asked for, and of them those where it is topmost. */
function hitThings(held, things, maxHits) {
  const points = []; // [asker, x, y]
  things.forEach(([, x, y, width, height], number) => {
    for (const across of [0.15, 0.5, 0.85]) {
      for (const down of [0.15, 0.5, 0.85])
        points.push([number, x + across * width, y + down * height]);
    }
  });
  const seen = things.map(() => [0, 0]);
  hitAll(points.slice(0, maxHits), (number, x, y) => {
    const element = held.page.elements[things[number][0]];
    const hit = hitAt(held, x, y, (other) => element.contains(other));
    if (!hit) return;
    seen[number][0] += 1;
    if (hit.own) seen[number][1] += 1;
  });
  return seen;
}

/** Who is topmost where ink of texts is missing, [run, x, y]: [run, points, own ones, the cover]. */
function hitTexts(held, points) {
  clear(held);
  useSheet(held, HITTABLE);
  const results = new Map();
  hitAll(points, (number, x, y) => {
    const run = held.runs[number];
    const hit = hitAt(held, x, y, (other) => other === run.element || ownedBy(run, other));
    if (!hit) return;
    if (!results.has(number)) results.set(number, { points: 0, own: 0, others: new Map() });
    const result = results.get(number);
    result.points += 1;
    if (hit.own) result.own += 1;
    else if (hit.cover) result.others.set(hit.cover, (result.others.get(hit.cover) ?? 0) + 1);
  });
  return Array.from(results, ([run, result]) => [run, ...writeHits(held, result)]);
}

function writeHits(held, { points, own, others }) {
  let [most, count] = [null, 0];
  for (const [element, times] of others) if (times > count) [most, count] = [element, times];
  return [points, own, held.page.indices.get(most) ?? -1];
}

/** Hit tests work inside the window only: the page is scrolled past it. */
function hitAll(points, tell) {
  points.sort((first, second) => first[2] - second[2]);
  for (const [asker, x, y] of points) {
    if (y >= scrollY + innerHeight || x >= scrollX + innerWidth || x < scrollX) {
      window.scrollTo({
        left: Math.max(0, Math.floor(x - innerWidth / 2)),
        top: Math.floor(y),
        behavior: "instant",
      });
    }
    tell(asker, x - scrollX, y - scrollY);
  }
  window.scrollTo({ left: 0, top: 0, behavior: "instant" });
}

// Elements that hit tests may list of one page: a thousand in one place cost 3 ms a point. Beyond
// them a coverer stays unnamed.
const MOST_LISTED = 200000;

/** What lies topmost at a place of the window: {own: true} for what is asked for, or else the element
 *  that covers it; nothing where what is asked for is not there. Elements that paint nothing are
 *  looked through; what sticks to the window is elsewhere once it has scrolled. */
function hitAt(held, x, y, isOwn) {
  if (held.listed > MOST_LISTED) return null;
  const scrolled = scrollY !== 0 || scrollX !== 0;
  const first = document.elementFromPoint(x, y);
  if (!first) return null;
  if (isOwn(first) && !scrolled) return { own: true };
  let cover = null;
  const list = document.elementsFromPoint(x, y);
  held.listed = (held.listed ?? 0) + list.length;
  for (const element of list) {
    if (isOwn(element)) return cover ? { cover } : { own: true };
    if (!cover && paints(held, element) && !(scrolled && sticks(held, element))) cover = element;
  }
  return {};
}

/** Generated texts are hit as their element, and an outside marker as what lies there. */
const ownedBy = ({ element, source }, hit) =>
  (element.localName === "option" && element.closest("select") === hit) ||
  ((source === "marker" || source === "pseudo") && hit.contains(element));

const REPLACED = new Set([
  "img",
  "video",
  "canvas",
  "iframe",
  "object",
  "embed",
  "input",
  "select",
  "textarea",
  "button",
]);

/** Whether an element, or a pseudo-element that is hit as it, covers what lies below. */
function paints(held, element) {
  const fact = held.page.facts[held.page.indices.get(element)];
  if (!fact) return true;
  fact.paints ??=
    REPLACED.has(element.localName) ||
    element.namespaceURI.endsWith("svg") ||
    [fact.style, getComputedStyle(element, "::before"), getComputedStyle(element, "::after")].some(
      (style) =>
        style.backgroundImage !== "none" ||
        style.backdropFilter !== "none" ||
        rgbaOf(style.backgroundColor)[3] > 0,
    );
  return fact.paints;
}

function sticks(held, element) {
  for (let fact = held.page.facts[held.page.indices.get(element)]; fact; fact = fact.above) {
    if (fact.style.position === "fixed" || fact.style.position === "sticky") return true;
  }
  return false;
}

/** Nothing but text, black on white and on top of all: what ink there would be. */
function bareTexts(held, runs) {
  clear(held);
  useSheet(held, ONLY_TEXT);
  for (const number of runs) {
    const { element, source } = held.runs[number];
    if (source === "alt") held.overrides.set(element, "visibility", "visible");
    for (let above = element; above; above = above.parentElement) {
      if (getComputedStyle(above).filter !== "none")
        held.overrides.set(above, "filter", "opacity(1)");
      for (const [name, value] of [
        ["opacity", "1"],
        ["clip-path", "none"],
        ["mask", "none"],
        ["visibility", "visible"],
      ]) {
        if (above.style.getPropertyPriority(name)) held.overrides.set(above, name, value);
      }
    }
  }
}

/** The page as it is, with no texts but some lines. */
function soloTexts(held, lines) {
  held.overrides.undo();
  hideTextsAgain(held);
  const ranges = [];
  for (const [number, line] of lines) {
    const { element, node, cuts } = held.runs[number];
    if (node === null || isSvgText(element)) {
      held.stamped.add(element);
      element.setAttribute(SHOWN, "");
      continue;
    }
    const range = document.createRange();
    range.setStart(node, cuts[line] ?? 0);
    range.setEnd(node, cuts[line + 1] ?? node.data.length);
    ranges.push(range);
  }
  CSS.highlights.set("solo", new Highlight(...ranges));
}

function hideTextsAgain(held) {
  for (const element of (held.stamped ??= new Set())) element.removeAttribute(SHOWN);
  held.stamped.clear();
  hideTexts(held);
  useSheet(held, noText(held.parts) + SOLO);
}

/** Pictures and fields are taken away, and nothing else. */
function withoutElements(held, numbers) {
  clear(held);
  for (const number of numbers)
    held.overrides.set(held.page.elements[number], "visibility", "hidden");
}

/** The page as it came. */
function clear(held) {
  held.overrides?.undo();
  for (const element of held.stamped ?? []) element.removeAttribute(SHOWN);
  CSS.highlights.delete("solo");
  if (held.sheet) held.sheet.replaceSync("");
}
