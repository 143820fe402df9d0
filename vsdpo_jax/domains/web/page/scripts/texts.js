// Reads every text as it is laid out: text nodes, and what form controls, markers, pseudo-elements
// and broken images show in place of them.

const SILENT = new Set(["script", "style", "title", "template", "textarea", "option", "head"]);
const FIELDS = /^(text|search|tel|url|email|password|number|date|time|month|week|datetime-local)$/;
const BUTTONS = { submit: "Submit", reset: "Reset", button: "" };

/** White space, transformation and invisible characters as they are laid out. */
function asShown(text, style) {
  let shown = text.replace(/[\u00ad\u200b\u2060\ufeff]/g, "").replace(/[\s\u00a0]+/g, " ");
  if (style.textTransform === "uppercase") shown = shown.toUpperCase();
  if (style.textTransform === "lowercase") shown = shown.toLowerCase();
  if (style.textTransform === "capitalize") {
    shown = shown.replace(
      /(^|[\s\p{P}])(\p{L})/gu,
      (_, before, letter) => before + letter.toUpperCase(),
    );
  }
  if (style.webkitTextSecurity && style.webkitTextSecurity !== "none") {
    shown = shown.replace(/\S/gu, "\u2022");
  }
  shown = inVisualOrder(shown, style);
  return shown.trim().toWellFormed();
}

/** What overrides of the direction turn around is read from left to right, as it is seen. */
function inVisualOrder(text, style) {
  const reverse = (part) => Array.from(part).reverse().join("");
  if (style.unicodeBidi.endsWith("override") && style.direction === "rtl") return reverse(text);
  return text.replace(/\u202e([^\u202c\u202d]*)[\u202c\u202d]?/g, (_, part) => reverse(part));
}

const colors = new Map();
let painter = null;

/** A computed colour as [red, green, blue, alpha], whatever space it is written in. */
function rgbaOf(value) {
  const plain = value.match(/^rgb\((\d+), (\d+), (\d+)\)$/);
  if (plain) return [Number(plain[1]), Number(plain[2]), Number(plain[3]), 1];
  if (!colors.has(value)) {
    painter ??= new OffscreenCanvas(1, 1).getContext("2d");
    const context = painter;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = "#000";
    context.fillStyle = value;
    const written = context.fillStyle;
    const numbers = written.startsWith("#")
      ? [1, 3, 5].map((at) => parseInt(written.slice(at, at + 2), 16))
      : (written.match(/^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/) ?? []).slice(1).map(Number);
    if (numbers.length < 3) {
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
      numbers.push(red, green, blue, alpha / 255);
    }
    colors.set(value, [...numbers, 1].slice(0, 4));
  }
  return colors.get(value);
}

function inkColor(style, opacity, isSvg) {
  const [red, green, blue, alpha] = rgbaOf(isSvg ? style.fill : style.webkitTextFillColor);
  return [red, green, blue, Math.max(0, Math.min(1, alpha * opacity))];
}

/** Client rects of a text node by line: {box, cut}, where cut is the length that an ellipsis leaves.
 *  Pieces of one line (of both directions) stand side by side. Where a line is cut the browser gives
 *  the whole of it and the part that is shown; without an ellipsis, rects in one place are lines that
 *  collide, and each is its own. */
function linesOf(rects, vertical, mayCut) {
  const lines = [];
  const [along, across] = vertical ? [1, 0] : [0, 1];
  for (const rect of rects) {
    const box = boxOf(rect);
    if (box[2] === 0 || box[3] === 0) continue; // a line's break
    const line = lines.at(-1);
    if (!line || Math.abs(line.box[across] - box[across]) >= 1) {
      lines.push({ box, cut: null });
      continue;
    }
    const [start, end] = [line.box[along], line.box[along] + line.box[along + 2]];
    const shared = Math.min(end, box[along] + box[along + 2]) - Math.max(start, box[along]);
    if (shared > 1 && !mayCut) {
      lines.push({ box, cut: null });
      lines.collide = true;
    } else if (shared > 1) {
      line.cut = box[along + 2];
    } else {
      line.box[along] = Math.min(start, box[along]);
      line.box[along + 2] = Math.max(end, box[along] + box[along + 2]) - line.box[along];
      line.box[across + 2] = Math.max(line.box[across + 2], box[across + 2]);
    }
  }
  return lines;
}

/** Reads texts; keeps ranges of lines for later pictures. */
class TextReader {
  constructor(page, limits) {
    this.page = page;
    this.limits = limits;
    this.range = document.createRange();
    this.probes = limits.probes;
    this.runs = []; // kept: {element, pseudo, node, cuts}
    this.rows = [];
    this.characters = 0;
    this.tail = { block: -1, open: true }; // of the text so far: may the next run touch it?
    this.measuring = null;
  }

  probe(node, start, end) {
    this.probes -= 1;
    this.range.setStart(node, start);
    this.range.setEnd(node, end);
    return this.range.getClientRects();
  }

  add(index, source, pseudo, text, lines, style, extra) {
    const fact = this.page.facts[index];
    this.characters += text.length;
    if (this.isFull()) return;
    const element = this.page.elements[index];
    const isSvg = element.namespaceURI.endsWith("svg");
    const touches = this.tail.block === fact.block && this.tail.open && extra.starts !== false;
    const zoom = element.currentCSSZoom ?? 1;
    const scale = isSvg && element.getScreenCTM ? svgScale(element) : fact.scale * zoom;
    this.rows.push([
      index,
      fact.block,
      source === "text" && touches && this.rows.length > 0,
      source,
      pseudo,
      text,
      lines,
      inkColor(style, fact.opacity, isSvg && source === "text"),
      finite(parseFloat(style.fontSize) * scale),
      Math.max(1, Math.min(1000, Number(style.fontWeight) || 400)),
      clipBox(extra.clip ?? fact.inner),
      Math.max(0, Math.min(1, extra.inside ?? insideOf(lines, extra.clip ?? fact.inner))),
      Boolean(extra.ellipsis),
      finite((parseFloat(style.letterSpacing) || 0) * scale),
      finite(((parseFloat(style.wordSpacing) || 0) + (extra.blank ?? 0)) * scale),
      style.writingMode !== "horizontal-tb",
      style.textShadow !== "none" || parseFloat(style.webkitTextStrokeWidth) > 0,
      fact.cutOut && rgbaOf(style.webkitTextFillColor)[3] < 1,
    ]);
    this.runs.push({ element, pseudo, source, node: extra.node ?? null, cuts: extra.cuts ?? [] });
    this.tail = { block: fact.block, open: extra.ends !== false };
  }

  isFull() {
    return this.rows.length >= this.limits.maxTexts || this.characters > this.limits.maxCharacters;
  }

  /** A text node. */
  readNode(node) {
    const data = node.data;
    const parent = node.parentElement;
    const index = this.page.indices.get(parent);
    if (index === undefined || SILENT.has(parent.localName)) return;
    const fact = this.page.facts[index];
    if (!/[^\s\u00ad\u200b\u2060\ufeff]/.test(data)) {
      if (fact.block === this.tail.block && data.length) this.tail.open = false;
      return;
    }
    const style = fact.style;
    const vertical = style.writingMode !== "horizontal-tb";
    const mayCut = clampedBy(fact);
    const found = fact.shown ? linesOf(this.probe(node, 0, data.length), vertical, mayCut) : [];
    const cuts = this.cutsOf(node, found, vertical);
    const text = asShown(data, style);
    if (!text) return;
    const lines = found.map((line, i) => [
      line.box,
      asShown(data.slice(cuts[i], cuts[i + 1]), style),
    ]);
    const bottom = fact.inner[3];
    const clamped = mayCut && found.some((line) => line.box[1] >= bottom - 1);
    const extra = {
      node,
      cuts,
      starts: !/^[\s\u00a0]/.test(data),
      ends: !/[\s\u00a0]$/.test(data),
      blank: blankOf(data, style),
      ellipsis: clamped || found.some((line) => line.cut !== null),
      inside: this.insideNode(node, found, fact.inner, vertical),
    };
    this.add(index, "text", "", text, lines, style, extra);
  }

  /** Offsets at which the lines of a node begin, and its end. */
  cutsOf(node, lines, vertical) {
    if (lines.collide) return this.jumpsOf(node, lines.length, vertical);
    const cuts = [0];
    const size = node.data.length;
    for (let number = 1; number < lines.length; number += 1) {
      let low = cuts[number - 1];
      let high = size;
      if (this.probes <= 0) low = Math.round((size * number) / lines.length);
      while (low < high && this.probes > 0) {
        const middle = (low + high) >> 1;
        if (this.lineAt(node, middle, lines, vertical) >= number) high = middle;
        else low = middle + 1;
      }
      cuts.push(low);
    }
    cuts.push(size);
    return cuts;
  }

  /** The same where lines lie on each other: a line begins where a character is not beside the last. */
  jumpsOf(node, count, vertical) {
    const cuts = [0];
    const [along, size] = vertical ? [1, 3] : [0, 2];
    let before = null;
    for (let at = 0; at < node.data.length && cuts.length < count && this.probes > 0; at += 1) {
      const rect = this.probe(node, at, at + 1)[0];
      if (!rect || (rect.width === 0 && rect.height === 0)) continue;
      const box = boxOf(rect);
      const ends = before && [
        box[along] - before[along] - before[size],
        before[along] - box[along] - box[size],
      ];
      if (ends && Math.min(...ends.map(Math.abs)) > Math.max(4, box[5 - size] / 2)) cuts.push(at);
      before = box;
    }
    while (cuts.length <= count) cuts.push(node.data.length);
    return cuts;
  }

  /** The line on which a character stands, or, where it has collapsed, the next that has not. */
  lineAt(node, offset, lines, vertical) {
    for (let at = offset; at < node.data.length; at += 1) {
      const rects = this.probe(node, at, at + 1);
      if (!rects.length || (rects[0].width === 0 && rects[0].height === 0)) continue;
      const box = boxOf(rects[0]);
      const axis = vertical ? 0 : 1;
      let best = 0;
      lines.forEach((line, i) => {
        if (Math.abs(line.box[axis] - box[axis]) < Math.abs(lines[best].box[axis] - box[axis]))
          best = i;
      });
      return best;
    }
    return lines.length;
  }

  /** The share of a node's glyphs inside a clip, ellipses counted; by characters where needed. */
  insideNode(node, lines, clip, vertical) {
    if (!lines.length) return 0;
    const clear = lines.every((line) => line.cut === null && coveredBy(line.box, clip) > 0.999);
    if (clear) return 1;
    const cut = lines.reduce((sum, l) => sum + (l.cut ?? (vertical ? l.box[3] : l.box[2])), 0);
    const whole = lines.reduce((sum, l) => sum + (vertical ? l.box[3] : l.box[2]), 0);
    const kept = whole > 0 ? Math.min(1, cut / whole) : 1;
    const step = Math.max(1, Math.ceil(node.data.length / 400));
    let sum = 0;
    let count = 0;
    for (let at = 0; at < node.data.length && this.probes > 0; at += step) {
      if (/\s/.test(node.data[at])) continue;
      const rects = this.probe(node, at, at + 1);
      if (!rects.length) continue;
      sum += coveredBy(boxOf(rects[0]), clip);
      count += 1;
    }
    return Math.min(
      kept,
      count
        ? sum / count
        : insideOf(
            lines.map((l) => [l.box]),
            clip,
          ),
    );
  }

  width(text, style) {
    this.measuring ??= new OffscreenCanvas(1, 1).getContext("2d");
    // The shorthand "font" is empty where a font has more to it than the shorthand can say.
    this.measuring.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    this.measuring.letterSpacing = style.letterSpacing === "normal" ? "0px" : style.letterSpacing;
    return this.measuring.measureText(text).width;
  }

  /** A text of one line that the browser draws inside a box: [[box, text]] and its share inside. */
  placed(text, style, box, align, scale) {
    const size = parseFloat(style.fontSize) * 1.15 * scale;
    const width = this.width(text, style) * scale;
    const shown = Math.min(width, box[2]);
    const free = box[2] - shown;
    const left = box[0] + (align === "center" ? free / 2 : align === "right" ? free : 0);
    const top = box[1] + (box[3] - size) / 2;
    return { lines: [[[left, top, shown, size], text]], inside: width > 0 ? shown / width : 1 };
  }
}

function coveredBy([x, y, width, height], [left, top, right, bottom]) {
  const across = Math.min(x + width, right) - Math.max(x, left);
  const down = Math.min(y + height, bottom) - Math.max(y, top);
  if (across <= 0 || down <= 0) return 0;
  return Math.min(1, across / Math.max(width, 1e-6)) * Math.min(1, down / Math.max(height, 1e-6));
}

function insideOf(lines, clip) {
  let sum = 0;
  let area = 0;
  for (const [box] of lines) {
    sum += coveredBy(box, clip) * box[2] * box[3];
    area += box[2] * box[3];
  }
  return area > 0 ? sum / area : 0;
}

/** The length in pixels of the longest white space that is kept as it is written. */
function blankOf(text, style) {
  if (!/preserve|break-spaces/.test(style.whiteSpaceCollapse)) return 0;
  let most = 0;
  for (const [space] of text.matchAll(/[ \t\u00a0]+/g))
    most = Math.max(most, space.length + 7 * (space.split("\t").length - 1));
  return most * parseFloat(style.fontSize) * 0.65;
}

/** Whether lines may end in an ellipsis. */
function clampedBy(fact) {
  for (let at = fact; at; at = at.above) {
    const clamp = at.style.webkitLineClamp;
    if ((clamp && clamp !== "none") || at.style.textOverflow !== "clip") return true;
    if (at.number === fact.block && !/^inline/.test(at.style.display)) return false;
  }
  return false;
}

function svgScale(element) {
  const matrix = element.getScreenCTM();
  return matrix ? Math.min(Math.hypot(matrix.a, matrix.b), Math.hypot(matrix.c, matrix.d)) : 1;
}
