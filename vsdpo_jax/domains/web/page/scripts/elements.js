// Reads every element of the document, in its order: boxes, computed style, what clips it.
// Called once, before anything on the page is changed by us.

const finite = (value) => (Number.isFinite(value) ? Math.max(-1e7, Math.min(1e7, value)) : 0);
const boxOf = (rect) => [
  finite(rect.left + scrollX),
  finite(rect.top + scrollY),
  Math.max(0, finite(rect.width)),
  Math.max(0, finite(rect.height)),
];

/** Clips are [left, top, right, bottom] here and boxes in the record. */
function meet(first, second) {
  return [
    Math.max(first[0], second[0]),
    Math.max(first[1], second[1]),
    Math.min(first[2], second[2]),
    Math.min(first[3], second[3]),
  ];
}

function clipBox([left, top, right, bottom]) {
  return [
    finite(left),
    finite(top),
    Math.max(0, finite(right - left)),
    Math.max(0, finite(bottom - top)),
  ];
}

/** Whether a style makes its box the containing block of fixed and absolute descendants. */
function holdsFixed(style) {
  return (
    style.transform !== "none" ||
    style.filter !== "none" ||
    style.perspective !== "none" ||
    style.translate !== "none" ||
    style.scale !== "none" ||
    style.rotate !== "none" ||
    style.contain.includes("paint") ||
    style.contain === "strict" ||
    style.contain === "content" ||
    style.containerType !== "normal"
  );
}

/** The clip that a box's overflow puts on what it contains, or null. */
function overflowClip(element, style, box) {
  const horizontal = style.overflowX !== "visible";
  const vertical = style.overflowY !== "visible";
  const contained = /paint|strict|content/.test(style.contain);
  if (!(horizontal || vertical || contained) || style.display === "inline") return null;
  if (element === document.documentElement || element === viewportBody()) return null;
  const inset = (side) => parseFloat(style[`border${side}Width`]) || 0;
  const [x, y, width, height] = box;
  return [
    horizontal || contained ? x + inset("Left") : -1e7,
    vertical || contained ? y + inset("Top") : -1e7,
    horizontal || contained ? x + width - inset("Right") : 1e7,
    vertical || contained ? y + height - inset("Bottom") : 1e7,
  ];
}

/** The body, where its overflow is the window's. */
function viewportBody() {
  const root = getComputedStyle(document.documentElement);
  return root.overflowX === "visible" && root.overflowY === "visible" ? document.body : null;
}

/** By how much a style itself scales its box: the smaller of both directions. */
function ownScale(style) {
  let across = 1;
  let down = 1;
  if (style.transform !== "none") {
    const matrix = new DOMMatrixReadOnly(style.transform);
    across *= Math.hypot(matrix.a, matrix.b);
    down *= Math.hypot(matrix.c, matrix.d);
  }
  if (style.scale !== "none") {
    const [first, second] = style.scale.split(" ").map(Number);
    across *= Math.abs(first);
    down *= Math.abs(second ?? first);
  }
  return Math.min(across, down);
}

/** A computed value without the host of the page in its addresses, which no two renders share. */
const withoutHost = (value) =>
  value.includes("url(") ? value.replaceAll(`${location.origin}/`, "") : value;

const ATTRIBUTES = [
  ..."id class href src alt type name value placeholder for title role colspan rowspan".split(" "),
];

function attributesOf(element) {
  const found = {};
  for (const name of ATTRIBUTES) {
    const value = element.getAttribute(name);
    if (value !== null) found[name] = value.slice(0, 2000).toWellFormed();
  }
  return found;
}

/** Whether the picture of an image is there; null for what is no image. */
function loadedOf(element) {
  const tag = element.localName;
  if (tag === "img") return element.complete && element.naturalWidth > 0;
  if (tag === "input" && element.type === "image") return element.complete ?? false;
  if (tag === "image" && element.namespaceURI.endsWith("svg")) return element.getBBox().width > 0;
  return null;
}

const CONTROLS = new Set(["input", "textarea", "select", "button", "meter", "progress", "output"]);

function controlOf(element, indices) {
  const tag = element.localName;
  if (!CONTROLS.has(tag) || element.namespaceURI !== "http://www.w3.org/1999/xhtml") return null;
  if (tag === "input" && element.type === "hidden") return null;
  const shown =
    tag === "select" ? [...element.selectedOptions].map((o) => o.label).join("\n") : null;
  return [
    tag === "input" ? element.type : tag,
    String(shown ?? element.value ?? "")
      .slice(0, 10000)
      .toWellFormed(),
    String(element.placeholder ?? "")
      .slice(0, 10000)
      .toWellFormed(),
    Boolean(element.checked),
    [...(element.labels ?? [])].map((label) => indices.get(label)).filter((i) => i !== undefined),
  ];
}

/** One pass over the document; parents come before children, so clips and scales add up. */
function readElements({ attribute, properties, width, height, maxElements }) {
  const list = document.getElementsByTagName("*");
  if (list.length > maxElements) return { count: list.length };
  const elements = Array.from(list);
  const indices = new Map(elements.map((element, index) => [element, index]));
  const page = [0, 0, width, height];
  const styles = new Map();
  const facts = []; // of each element, for texts: {style, inner, scale, opacity, shown, box}
  const rows = [];
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index];
    const style = getComputedStyle(element);
    const parent = indices.get(element.parentElement) ?? -1;
    const above = facts[parent];
    const rect = element.getBoundingClientRect();
    const box = boxOf(rect);
    let holder = above;
    if (style.position === "fixed") while (holder && !holder.holdsFixed) holder = holder.above;
    if (style.position === "absolute") {
      while (holder && !holder.holdsFixed && !holder.positioned) holder = holder.above;
    }
    const clip = holder ? holder.inner : page;
    const own = overflowClip(element, style, box);
    const fact = {
      above,
      style,
      box,
      clip,
      inner: own ? meet(clip, own) : clip,
      positioned: style.position !== "static",
      holdsFixed: holdsFixed(style),
      scale: (above ? above.scale : 1) * ownScale(style),
      opacity: (above ? above.opacity : 1) * Number(style.opacity),
      shown: element.checkVisibility({ visibilityProperty: true }),
      block: /^(inline|contents|ruby.*)$/.test(style.display) && above ? above.block : index,
      number: index,
      // Glyphs are cut out of a background, whose colours are theirs.
      cutOut: /\btext\b/.test(style.backgroundClip) || (above?.cutOut ?? false),
    };
    facts.push(fact);
    const values = properties.map((name) => withoutHost(style.getPropertyValue(name)));
    const key = values.join("\u0000");
    if (!styles.has(key)) styles.set(key, [styles.size, values]);
    const inline = style.display === "inline" ? element.getClientRects() : [];
    const source = element.getAttribute(attribute);
    rows.push([
      parent,
      element.localName.slice(0, 2000).toWellFormed(),
      source === null ? -1 : Number(source),
      box,
      inline.length > 1 && inline.length <= 200 ? Array.from(inline, boxOf) : [],
      fact.shown && rect.width > 0 && rect.height > 0,
      styles.get(key)[0],
      attributesOf(element),
      loadedOf(element),
      controlOf(element, indices),
      clipBox(meet(clip, [box[0], box[1], box[0] + box[2], box[1] + box[3]])),
      Math.max(0, Math.min(1, fact.opacity)),
      finite(parseFloat(style.fontSize) * fact.scale * (element.currentCSSZoom ?? 1)),
    ]);
  }
  return {
    elements,
    indices,
    facts,
    rows,
    styles: Array.from(styles.values(), ([, values]) => values),
  };
}
