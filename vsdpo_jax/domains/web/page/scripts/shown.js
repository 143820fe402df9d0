// Texts without a text node of their own: form controls, list markers, pseudo-elements, alt texts.

/** The content box of an element on the page. */
function contentBox(fact) {
  const px = (name) => (parseFloat(fact.style[name]) || 0) * fact.scale;
  const [x, y, width, height] = fact.box;
  const left = px("borderLeftWidth") + px("paddingLeft");
  const top = px("borderTopWidth") + px("paddingTop");
  const right = px("borderRightWidth") + px("paddingRight");
  const bottom = px("borderBottomWidth") + px("paddingBottom");
  return [x + left, y + top, Math.max(0, width - left - right), Math.max(0, height - top - bottom)];
}

const sideOf = (style) => {
  const end = style.direction === "rtl" ? "left" : "right";
  if (/center/.test(style.textAlign)) return "center";
  if (/right$/.test(style.textAlign) || style.textAlign === "end") return end;
  return style.direction === "rtl" ? "right" : "left";
};

function readControl(reader, element, index) {
  const fact = reader.page.facts[index];
  const style = fact.style;
  const tag = element.localName;
  const put = (source, pseudo, text, how, align) => {
    const shown = asShown(text, style);
    if (!shown) return;
    const none = { lines: [], inside: 0 };
    const placed = fact.shown
      ? reader.placed(shown, how, contentBox(fact), align, fact.scale)
      : none;
    const inside = placed.inside * insideOf(placed.lines, fact.clip);
    reader.add(index, source, pseudo, shown, placed.lines, how, { clip: fact.clip, inside });
  };
  if (tag === "select") {
    if (element.size > 1 || element.multiple) readOptions(reader, element, fact);
    else if (element.selectedOptions.length) {
      put("option", "", element.selectedOptions[0].label, style, sideOf(style));
    }
    return;
  }
  if (tag === "textarea") {
    readArea(reader, element, index);
    return;
  }
  const type = element.type;
  if (type in BUTTONS) {
    const label = element.hasAttribute("value") ? element.value : BUTTONS[type];
    put("button", "", label, style, "center");
  } else if (FIELDS.test(type) && element.value) {
    const dots = type === "password";
    const text = dots ? "\u2022".repeat(element.value.length) : shownValue(element);
    put("value", "", text, style, sideOf(style));
  } else if (FIELDS.test(type) && element.placeholder) {
    const how = getComputedStyle(element, "::placeholder");
    put("placeholder", "::placeholder", element.placeholder, how, sideOf(style));
  }
}

function shownValue(element) {
  const parts = element.type === "date" ? element.value.split("-") : null;
  return parts ? `${parts[1]}/${parts[2]}/${parts[0]}` : element.value;
}

/** A list box shows all of its options, as far as it reaches. */
function readOptions(reader, element, select) {
  const [x, y, width, height] = contentBox(select);
  const inner = meet(select.clip, [x, y, x + width, y + height]);
  for (const option of element.options) {
    const index = reader.page.indices.get(option);
    const fact = reader.page.facts[index];
    const text = asShown(option.label, select.style);
    if (!fact?.shown || !text) continue;
    const { lines } = reader.placed(text, fact.style, contentBox(fact), "left", fact.scale);
    reader.add(index, "option", "", text, lines, fact.style, { clip: inner });
  }
}

/** The lines of a text area are not told by the browser: its whole inside stands for them. */
function readArea(reader, element, index) {
  const fact = reader.page.facts[index];
  const holds = element.value.trim().length > 0;
  const how = holds ? fact.style : getComputedStyle(element, "::placeholder");
  const text = asShown(holds ? element.value : element.placeholder, how);
  if (!text) return;
  const [x, y, width, height] = contentBox(fact);
  const lineHeight = parseFloat(fact.style.lineHeight) || parseFloat(fact.style.fontSize) * 1.2;
  const needed = Math.max(1, Math.ceil(reader.width(text, how) / Math.max(1, width))) * lineHeight;
  const lines = fact.shown ? [[[x, y, width, Math.min(height, needed * fact.scale)], text]] : [];
  const inside = holds ? Math.min(1, element.clientHeight / Math.max(1, element.scrollHeight)) : 1;
  const extra = { clip: fact.clip, inside: inside * insideOf(lines, fact.clip) };
  reader.add(
    index,
    holds ? "value" : "placeholder",
    holds ? "" : "::placeholder",
    text,
    lines,
    how,
    extra,
  );
}

const STRING_OR_ATTR = /"((?:[^"\\]|\\.)*)"|attr\(([\w-]+)\)/g;
const ESCAPE = /\\([0-9a-f]{1,6}) ?|\\(.)/gi;

/** The strings of a computed ``content``; counters are not known and left out. */
function contentText(content, element) {
  if (content === "none" || content === "normal") return "";
  const unescape = (text) =>
    text.replace(ESCAPE, (_, hex, other) =>
      hex ? String.fromCodePoint(Math.min(parseInt(hex, 16), 0x10ffff) || 0xfffd) : other,
    );
  const shown = content.split(/\s\/\s(?=["c])/)[0]; // what follows is for screen readers
  const parts = Array.from(shown.matchAll(STRING_OR_ATTR));
  return parts
    .map(([, text, name]) => (name ? (element.getAttribute(name) ?? "") : unescape(text)))
    .join("");
}

function readPseudo(reader, element, index, which) {
  const style = getComputedStyle(element, which);
  const text = contentText(style.content, element);
  if (!text || style.display === "none") return;
  const shown = asShown(text, style);
  const fact = reader.page.facts[index];
  if (!shown) return;
  const opacity = fact.opacity * Number(style.opacity);
  const laid = fact.shown && style.visibility === "visible";
  const lines = laid ? [[pseudoBox(reader, element, fact, style, which, shown), shown]] : [];
  const kept = fact.opacity;
  fact.opacity = opacity;
  reader.add(index, "pseudo", which, shown, lines, style, {});
  fact.opacity = kept;
}

/** Where generated text lies. The browser does not tell; of a box out of flow it tells the
 *  offsets, and an inline one begins or ends the fragments of its element. */
function pseudoBox(reader, element, fact, style, which, text) {
  const width = reader.width(text, style) * fact.scale;
  const size = parseFloat(style.fontSize) * 1.15 * fact.scale;
  const isBefore = which === "::before";
  if (style.position === "absolute" || style.position === "fixed") {
    return [...offsetPlace(fact, style), Math.min(1e7, width), Math.min(1e7, size)];
  }
  if (fact.style.display === "inline") {
    const rects = element.getClientRects();
    if (rects.length) {
      const [x, y, wide, high] = boxOf(isBefore ? rects[0] : rects[rects.length - 1]);
      return [isBefore ? x : x + wide - width, y, width, high];
    }
  }
  reader.range.selectNodeContents(element);
  const inner = Array.from(reader.range.getClientRects()).filter((rect) => rect.width > 0);
  if (inner.length && style.display.startsWith("inline")) {
    const [x, y, wide, high] = boxOf(isBefore ? inner[0] : inner.at(-1));
    return [isBefore ? x - width : x + wide, y, width, high];
  }
  const [x, y, wide, high] = contentBox(fact);
  return [x, isBefore ? y : y + high - size, Math.min(wide || width, width), size];
}

/** Where the content of a positioned pseudo-element begins. */
function offsetPlace(fact, style) {
  let holder = fact;
  const isFixed = style.position === "fixed";
  while (holder && !holder.holdsFixed && (isFixed || !holder.positioned)) holder = holder.above;
  const px = (of, name) => (parseFloat(of[name]) || 0) * fact.scale;
  const [left, top] = holder ? holder.box : [0, 0];
  const border = (name) => (holder ? px(holder.style, name) : 0);
  return [
    finite(left + border("borderLeftWidth") + px(style, "left") + px(style, "paddingLeft")),
    finite(top + border("borderTopWidth") + px(style, "top") + px(style, "paddingTop")),
  ];
}

const ROMAN = [
  [1000, "m"],
  [900, "cm"],
  [500, "d"],
  [400, "cd"],
  [100, "c"],
  [90, "xc"],
  [50, "l"],
  [40, "xl"],
  [10, "x"],
  [9, "ix"],
  [5, "v"],
  [4, "iv"],
  [1, "i"],
];

/** The text of a counter in a list style, or "" where it is a bullet or an unknown style. */
function counterText(value, kind) {
  if (kind === "decimal") return `${value}.`;
  if (kind === "decimal-leading-zero") return `${String(value).padStart(2, "0")}.`;
  if (value < 1 || value > 3999) return /alpha|latin|roman/.test(kind) ? `${value}.` : "";
  let text = "";
  if (/^(lower|upper)-(alpha|latin)$/.test(kind)) {
    for (let rest = value; rest > 0; rest = Math.floor((rest - 1) / 26))
      text = String.fromCharCode(97 + ((rest - 1) % 26)) + text;
  } else if (/^(lower|upper)-roman$/.test(kind)) {
    let rest = value;
    for (const [size, letters] of ROMAN) for (; rest >= size; rest -= size) text += letters;
  }
  return text && `${kind.startsWith("upper") ? text.toUpperCase() : text}.`;
}

function readMarker(reader, element, index, ordinals) {
  const fact = reader.page.facts[index];
  const list = element.parentElement;
  const before = ordinals.get(list) ?? (list.start ?? 1) - 1;
  const value = element.hasAttribute("value") ? element.value : before + 1;
  ordinals.set(list, value);
  if (!fact.shown || fact.style.listStyleImage !== "none") return;
  const style = getComputedStyle(element, "::marker");
  const kind = fact.style.listStyleType;
  const text =
    contentText(style.content, element) ||
    (kind.startsWith('"') ? kind.slice(1, -1) : counterText(value, kind));
  const shown = asShown(text, style);
  if (!shown) return;
  const width = reader.width(`${shown} `, style) * fact.scale;
  const size = parseFloat(style.fontSize) * 1.15 * fact.scale;
  const [x, y, wide] = contentBox(fact);
  const outside = fact.style.listStylePosition === "outside";
  const left =
    fact.style.direction === "rtl" ? x + wide + (outside ? 0 : -width) : outside ? x - width : x;
  const lineHeight = parseFloat(fact.style.lineHeight) * fact.scale || size;
  const lines = [[[left, y + (lineHeight - size) / 2, width, size], shown]];
  reader.add(index, "marker", "::marker", shown, lines, style, { clip: fact.clip });
}

/** In place of a broken picture stand an icon of 16 px and its alternative text. */
function readAlt(reader, element, index) {
  const fact = reader.page.facts[index];
  const text = asShown(element.alt ?? "", fact.style);
  if (!text || !fact.shown || fact.box[2] < 20 || fact.box[3] < 8) return;
  const [x, y, wide, high] = contentBox(fact);
  const line = Math.min(high, parseFloat(fact.style.fontSize) * 1.2 * fact.scale);
  const box = [x + 16, y, Math.max(0, wide - 16), line];
  const { lines, inside } = reader.placed(text, fact.style, box, "left", fact.scale);
  const extra = { clip: fact.clip, inside: inside * insideOf(lines, fact.clip) };
  reader.add(index, "alt", "", text, lines, fact.style, extra);
}

/** Everything that is written on the page, in the order of the document. */
function readTexts(page, limits) {
  const reader = new TextReader(page, limits);
  const ordinals = new Map();
  const closing = []; // elements whose ::after is still to come
  const finish = (node) => {
    while (closing.length && !closing.at(-1)[0].contains(node)) {
      const [element, index] = closing.pop();
      readPseudo(reader, element, index, "::after");
    }
  };
  const walker = document.createTreeWalker(
    document.documentElement,
    NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
  );
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (reader.isFull()) break;
    finish(node);
    if (node.nodeType === Node.TEXT_NODE) {
      reader.readNode(node);
      continue;
    }
    const index = page.indices.get(node);
    const tag = node.localName;
    if (SILENT.has(tag) && tag !== "textarea") continue;
    const fact = page.facts[index];
    if (tag === "br" || tag === "hr" || tag === "img" || /^inline-/.test(fact.style.display))
      reader.tail.open = false;
    if (tag === "input" || tag === "select" || tag === "textarea") readControl(reader, node, index);
    if (tag === "img" && !(node.complete && node.naturalWidth > 0)) readAlt(reader, node, index);
    if (fact.style.display.includes("list-item")) readMarker(reader, node, index, ordinals);
    if (limits.pseudo) {
      readPseudo(reader, node, index, "::before");
      closing.push([node, index]);
    }
  }
  while (closing.length) {
    const [element, index] = closing.pop();
    readPseudo(reader, element, index, "::after");
  }
  return reader;
}
