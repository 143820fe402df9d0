// Which declaration won the cascade, by the browser's own cascade. Beside every declaration that the
// browser has kept we write a custom property of our own, in the same rule and with the same
// importance, whose value names the rule. Specificity, order, layers, conditions, scopes and nesting
// then decide about ours as they do about the page's. Our properties do not inherit, so that own
// and inherited values can be told apart. Called while the page is as it came, and its picture taken;
// names that no page can know keep it from answering to the change.

const INHERITED = new Set(
  (
    "color -webkit-text-fill-color font-size font-weight font-family line-height letter-spacing word-spacing text-indent " +
    "text-align text-shadow text-transform white-space-collapse text-wrap-mode overflow-wrap word-break writing-mode " +
    "direction visibility fill list-style-type"
  ).split(" "),
);
// What the browser's own style sheet sets on form controls, so that they do not inherit it.
const CONTROL_TAGS = new Set(["input", "button", "select", "textarea"]);
const CONTROL_OWN = new Set(
  (
    "color -webkit-text-fill-color font-size font-weight font-family line-height letter-spacing word-spacing text-indent " +
    "text-align text-shadow text-transform white-space-collapse text-wrap-mode"
  ).split(" "),
);

/** Presentational attributes of HTML: attribute -> [properties, tags or null for all]. */
const PRESENTING = {
  bgcolor: [["background-color"], null],
  background: [["background-image"], null],
  color: [
    ["color", "fill"],
    ["font", "basefont", "hr"],
  ],
  text: [["color"], ["body"]],
  link: [["color"], ["body"]],
  size: [
    ["font-size", "height", "width"],
    ["font", "hr", "input"],
  ],
  face: [["font-family"], ["font"]],
  align: [["text-align", "float", "vertical-align", "margin-left", "margin-right"], null],
  valign: [["vertical-align"], null],
  width: [
    ["width"],
    [
      "table",
      "td",
      "th",
      "col",
      "img",
      "hr",
      "iframe",
      "canvas",
      "video",
      "pre",
      "object",
      "embed",
      "input",
    ],
  ],
  height: [
    ["height"],
    ["table", "tr", "td", "th", "img", "iframe", "canvas", "video", "object", "embed", "input"],
  ],
  cols: [["width"], ["textarea"]],
  rows: [["height"], ["textarea"]],
  nowrap: [
    ["text-wrap-mode", "white-space-collapse"],
    ["td", "th"],
  ],
  border: [
    ["border-top-width", "border-right-width", "border-bottom-width", "border-left-width"],
    ["table", "img"],
  ],
  hidden: [["display"], null],
  dir: [["direction"], null],
  hspace: [
    ["margin-left", "margin-right"],
    ["img", "object", "table"],
  ],
  vspace: [
    ["margin-top", "margin-bottom"],
    ["img", "object", "table"],
  ],
};

/** What a declaration sets, as longhands that are read; nothing where the browser drops it. */
class Longhands {
  constructor(properties) {
    this.properties = new Set(properties);
    this.all = properties.filter((name) => name !== "direction");
    this.style = document.createElement("div").style;
    this.cache = new Map();
  }

  /** longhand -> its value; empty where the browser drops the declaration. */
  of(property, value) {
    const key = `${property}:${value}`;
    if (!this.cache.has(key)) {
      this.style.cssText = "";
      this.style.setProperty(property, value);
      const found = this.listed(this.style).map((name) => [
        name,
        this.style.getPropertyValue(name),
      ]);
      this.cache.set(key, new Map(found));
    }
    return this.cache.get(key);
  }

  listed(style) {
    const names = Array.from(style);
    if (names.includes("all")) return this.all;
    return names.filter((name) => this.properties.has(name));
  }
}

/** The rules of a sheet in order, each with its style; nested declarations belong to their rule. */
function* styleRules(rules) {
  for (const rule of rules) {
    if (rule instanceof CSSStyleRule) yield { rule, selector: rule.selectorText };
    else if (globalThis.CSSNestedDeclarations && rule instanceof CSSNestedDeclarations)
      yield { rule, selector: null };
    if (rule.cssRules) yield* styleRules(rule.cssRules);
  }
}

class Tracer {
  constructor(options, page) {
    this.options = options;
    this.page = page;
    this.prefix = `--${options.attribute}-`;
    this.longhands = new Longhands(options.blamed);
    this.used = new Set();
    this.tokens = [null]; // token -> {longhand -> declaration}, inherits
    this.probe = new CSSStyleSheet();
  }

  /** A selector as the browser writes it, or null where it has dropped the rule. */
  spelled(selector, nested) {
    try {
      this.probe.replaceSync(nested ? `a { ${selector} {} }` : `${selector} {}`);
      const [rule] = this.probe.cssRules;
      return (nested ? rule?.cssRules[0] : rule)?.selectorText ?? null;
    } catch {
      return null;
    }
  }

  /** Pairs the browser's rules with the source's: both are in order, and the browser's are a part. */
  pair() {
    const { attribute, rules } = this.options;
    const pairs = [];
    const used = new Set();
    for (const sheet of document.styleSheets) {
      const owner = sheet.ownerNode?.getAttribute?.(attribute);
      if (owner === null || owner === undefined || used.has(owner)) continue;
      used.add(owner);
      const waiting = rules.filter((rule) => rule.owner === Number(owner));
      let next = 0;
      const matched = new Map();
      let list = [];
      try {
        list = [...styleRules(sheet.cssRules)];
      } catch {
        continue; // a sheet from elsewhere
      }
      for (const { rule, selector } of list) {
        if (selector === null) {
          let around = rule.parentRule;
          while (around && !(around instanceof CSSStyleRule)) around = around.parentRule;
          const parent = matched.get(around);
          if (parent) pairs.push([parent, rule]);
          continue;
        }
        let at = next;
        while (at < waiting.length && this.spelling(waiting[at]) !== selector) at += 1;
        if (at === waiting.length) continue;
        matched.set(rule, waiting[at]);
        pairs.push([waiting[at], rule]);
        next = at + 1;
      }
    }
    return pairs;
  }

  spelling(rule) {
    rule.spelled ??= [this.spelled(rule.selectors, rule.nested)];
    return rule.spelled[0];
  }

  /** longhand -> the declarations of a rule or style attribute that set it, in order. */
  setters(declarations) {
    const setters = new Map();
    for (const [index, property, value, important] of declarations) {
      for (const [name, written] of this.longhands.of(property, value)) {
        if (!setters.has(name)) setters.set(name, []);
        setters.get(name).push({ index, important, written, value: value.trim() });
      }
    }
    return setters;
  }

  /** Of declarations in one block the last important one wins, or else the last. */
  inlineWinners(declarations) {
    const chosen = new Map();
    for (const [name, list] of this.setters(declarations)) {
      chosen.set(name, list.findLast((one) => one.important) ?? list.at(-1));
    }
    return chosen;
  }

  /** Writes our property beside each of a rule's. The browser's block says which value it kept; a
   *  rule with nested blocks has several. */
  trace(source, rule) {
    source.setters ??= this.setters(source.declarations);
    const style = rule.style;
    for (const name of this.longhands.listed(style)) {
      const kept = style.getPropertyValue(name);
      const priority = style.getPropertyPriority(name);
      const important = priority === "important";
      const list = (source.setters.get(name) ?? []).filter((one) => one.important === important);
      const setter = list.findLast((one) => one.written === kept) ?? list.at(-1);
      const token = /^revert/.test(kept)
        ? kept
        : this.token(setter?.index ?? -1, kept, important, name);
      style.setProperty(this.prefix + name, token, priority);
      this.used.add(name);
    }
  }

  token(declaration, value, important, name) {
    const inherits = value === "inherit" || (value === "unset" && INHERITED.has(name));
    this.tokens.push({ declaration, inherits, important });
    return String(this.tokens.length - 1);
  }

  register() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      Array.from(
        this.used,
        (name) => `@property ${this.prefix}${name} { syntax: "*"; inherits: false; }`,
      ).join("\n"),
    );
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  /** What sets a property on an element itself: a declaration, or [attribute] or null. */
  own(element, style, name, inline) {
    const value = this.used.has(name) ? style.getPropertyValue(this.prefix + name).trim() : "";
    const sheet = value ? this.tokens[Number(value)] : null;
    const here = inline?.get(name);
    if (here && !(sheet?.important && !here.important)) {
      const inherits = here.value === "inherit" || (here.value === "unset" && INHERITED.has(name));
      return { declaration: here.index, inherits };
    }
    if (sheet) return sheet;
    return null;
  }
}

function presentedBy(element, name) {
  if (element.namespaceURI.endsWith("svg")) return element.hasAttribute(name) ? name : null;
  for (const attribute of element.getAttributeNames()) {
    const known = PRESENTING[attribute];
    if (known && known[0].includes(name) && (!known[1] || known[1].includes(element.localName)))
      return attribute;
  }
  return null;
}

/** Elements and pseudo-elements whose winners are read, within a budget of look-ups. */
function readWinners(tracer, held) {
  const { inlines, blamed, wanted, budget } = tracer.options;
  const { elements, facts } = held.page;
  const attributed = new Set();
  for (const [attribute, [properties]] of Object.entries(PRESENTING)) {
    if (document.querySelector(`[${attribute}]`))
      for (const name of properties) attributed.add(name);
  }
  const hasSvg = document.querySelector("svg") !== null;
  const found = [];
  let left = budget;
  const few =
    elements.length * Math.max(1, tracer.used.size) > budget ? neededOf(wanted, facts) : null;
  for (const fact of facts) {
    const element = elements[fact.number];
    const winners = new Map();
    found.push(winners);
    if (few && !few.has(fact.number)) continue;
    if (left <= 0) continue;
    const inline = inlines[fact.source] ? tracer.inlineWinners(inlines[fact.source]) : null;
    const above = fact.above ? found[fact.above.number] : null;
    const isSvg = hasSvg && element.namespaceURI.endsWith("svg");
    for (const name of blamed) {
      if (!(
        tracer.used.has(name) ||
        inline?.has(name) ||
        attributed.has(name) ||
        isSvg ||
        above?.has(name)
      ))
        continue;
      left -= 1;
      const won = winnerOf(tracer, element, fact, name, inline, above);
      if (won !== null) winners.set(name, won);
    }
  }
  return found;
}

function winnerOf(tracer, element, fact, name, inline, above) {
  const own = tracer.own(element, fact.style, name, inline);
  if (own && !own.inherits) return own.declaration;
  if (!own) {
    const attribute = presentedBy(element, name);
    if (attribute !== null) return [fact.source, attribute];
    if (!INHERITED.has(name)) return null;
    if (CONTROL_TAGS.has(element.localName) && CONTROL_OWN.has(name)) return null;
    // Headings and the like have sizes of the browser's, but relative ones.
    const same = fact.style.getPropertyValue(name) === fact.above?.style.getPropertyValue(name);
    if (!same && name !== "font-size") return null;
  }
  return above?.get(name) ?? null;
}

function neededOf(wanted, facts) {
  const needed = new Set();
  for (const number of wanted)
    for (let f = facts[number]; f && !needed.has(f.number); f = f.above) needed.add(f.number);
  return needed;
}

function pseudoWinners(tracer, held, found) {
  return held.runs.map(({ element, pseudo }) => {
    if (!pseudo) return null;
    const number = held.page.indices.get(element);
    const style = getComputedStyle(element, pseudo);
    const winners = new Map();
    for (const name of tracer.used) {
      const own = tracer.own(element, style, name, null);
      if (own && !own.inherits) winners.set(name, own.declaration);
      else if ((own || INHERITED.has(name)) && found[number].has(name))
        winners.set(name, found[number].get(name));
    }
    return winners;
  });
}

/** The elements that each rule selects. Pseudo-elements stand for whose they are. */
function matches(tracer, pairs, held, limit) {
  const found = [];
  const partial = [];
  const seen = new Set();
  let left = limit;
  for (const [source, rule] of pairs) {
    if (seen.has(source.index) || !(rule instanceof CSSStyleRule)) continue;
    seen.add(source.index);
    if (left <= 0 || !applies(rule)) continue;
    let list = [];
    try {
      list = Array.from(document.querySelectorAll(wholeSelector(rule)));
    } catch {
      continue;
    }
    const indices = list
      .map((element) => held.page.indices.get(element))
      .filter((i) => i !== undefined);
    left -= indices.length;
    if (!indices.length) continue;
    found.push([source.index, indices]);
    if (isPartial(rule)) partial.push([source.index, rule]);
  }
  const kept = wherePartial(partial, held, `${tracer.prefix}holds-`);
  return found
    .map(([source, indices]) => [
      source,
      kept.has(source) ? indices.filter((i) => kept.get(source)(i)) : indices,
    ])
    .filter(([, indices]) => indices.length);
}

/** Whether a rule holds for some of the elements that its selector matches: by their container, or
 *  the scope that they are in. */
function isPartial(rule) {
  for (let at = rule.parentRule; at; at = at.parentRule)
    if (at instanceof CSSContainerRule || at instanceof CSSScopeRule) return true;
  return false;
}

/** source -> whether its rule holds for an element. The browser is asked: a property of our own in
 *  the rule, which nothing else sets, has a value where it does. */
function wherePartial(partial, held, prefix) {
  const kept = new Map();
  if (!partial.length) return kept;
  const sheet = new CSSStyleSheet();
  const name = (source) => prefix + source;
  const registered = ([source]) => `@property ${name(source)} { syntax: "*"; inherits: false; }`;
  sheet.replaceSync(partial.map(registered).join("\n"));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  for (const [source, rule] of partial) {
    rule.style.setProperty(name(source), "1");
    const pseudos = [null, ...(rule.selectorText.match(PSEUDO) ?? [])];
    kept.set(source, (index) =>
      pseudos.some((pseudo) =>
        getComputedStyle(held.page.elements[index], pseudo).getPropertyValue(name(source)),
      ),
    );
  }
  return kept;
}

const PSEUDO = /::[\w-]+(\([^)]*\))?|:(before|after|first-line|first-letter)\b/g;

/** A selector with its pseudo-elements off and its nesting written out. */
function wholeSelector(rule) {
  let own = rule.selectorText.replace(PSEUDO, "").replace(/(^|,|[>+~\s])\s*(?=,|$)/g, "$1*");
  for (let above = rule.parentRule; above; above = above.parentRule) {
    if (!(above instanceof CSSStyleRule)) continue;
    const around = `:is(${wholeSelector(above)})`;
    return own.includes("&") ? own.replaceAll("&", around) : `${around} ${own}`;
  }
  return own;
}

/** Whether the conditions around a rule hold that are the same for every element. */
function applies(rule) {
  for (let at = rule.parentRule; at; at = at.parentRule) {
    if (at instanceof CSSMediaRule && !matchMedia(at.media.mediaText).matches) return false;
    if (at instanceof CSSSupportsRule && !CSS.supports(at.conditionText)) return false;
  }
  const { media, disabled } = rule.parentStyleSheet;
  return !disabled && (!media.mediaText || matchMedia(media.mediaText).matches);
}

function cascade(held, options) {
  held.page.facts.forEach((fact, number) => {
    fact.source = Number(held.page.elements[number].getAttribute(options.attribute) ?? -1);
  });
  const tracer = new Tracer(options, held.page);
  const pairs = tracer.pair();
  const selected = matches(tracer, pairs, held, options.maxMatches);
  for (const [source, rule] of pairs) tracer.trace(source, rule);
  tracer.register();
  const found = readWinners(tracer, held);
  const pseudo = pseudoWinners(tracer, held, found);
  const write = (winners) => (winners ? Array.from(winners, ([name, won]) => [name, won]) : []);
  return { elements: found.map(write), texts: pseudo.map(write), rules: selected };
}
