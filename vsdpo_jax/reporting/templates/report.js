"use strict";
// What the page can do without: links between picture and program, and the list of all tasks.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const statementsOf = (item) => (item.dataset.s ? item.dataset.s.split(" ") : []);

// --- Links. A defect lights its list entry and the statements responsible; a statement or a region
// lights all that the statement drew, wrote and is responsible for.

function partners(item) {
  const own = new Set(statementsOf(item));
  const isDefect = "d" in item.dataset;
  return all("[data-s]", item.closest("[data-side]")).filter((other) => {
    if (isDefect && "d" in other.dataset) return other.dataset.d === item.dataset.d;
    if (isDefect && !other.classList.contains("st")) return false;
    return statementsOf(other).some((statement) => own.has(statement));
  });
}

function light(side, item) {
  for (const other of all(".lit", side)) other.classList.remove("lit");
  if (!item) return;
  for (const other of partners(item)) other.classList.add("lit");
  if (!item.classList.contains("st")) reveal(side);
}

// Scrolls the program, and nothing else, to what is lit.
function reveal(side) {
  const program = side.querySelector("[data-program]");
  const first = program?.querySelector(".lit");
  if (!first) return;
  const frame = program.getBoundingClientRect();
  const place = first.getBoundingClientRect();
  if (place.top < frame.top || place.bottom > frame.bottom) {
    program.scrollTop += place.top - frame.top - frame.height / 3;
  }
}

const heldIn = (side) => side.querySelector(".held");
const linked = (target) => (target instanceof Element ? target.closest("[data-side] [data-s]") : null);

function hold(item) {
  const side = item.closest("[data-side]");
  const held = heldIn(side);
  if (held) {
    held.classList.remove("held");
    held.setAttribute("aria-pressed", "false");
  }
  if (held !== item) {
    item.classList.add("held");
    item.setAttribute("aria-pressed", "true");
  }
  light(side, heldIn(side) ?? item);
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const item = linked(event.target);
    if (item) light(item.closest("[data-side]"), item);
  });
}
for (const kind of ["pointerout", "focusout"]) {
  document.addEventListener(kind, (event) => {
    const item = linked(event.target);
    if (item && !item.contains(event.relatedTarget)) {
      const side = item.closest("[data-side]");
      light(side, heldIn(side));
    }
  });
}
document.addEventListener("click", (event) => {
  const item = linked(event.target);
  if (!item) return;
  const side = item.closest("[data-side]");
  const armed = item.getAttribute("role")
    ? item
    : side.querySelector(`.st[role][data-s="${item.dataset.s}"]`);
  if (armed) hold(armed);
});

// --- Keyboard. A picture, a list of defects and a program are one stop each; arrows go on inside.

const STOPS = "[data-marks], .faults, [data-program]";

function arm(root) {
  for (const side of all("[data-side]", root)) {
    const wanted = new Set(all("[data-arm]", side).flatMap(statementsOf));
    for (const piece of all("[data-first]", side)) {
      if (wanted.has(piece.dataset.s)) piece.dataset.arm = "";
    }
    for (const stop of all(STOPS, side)) {
      all("[data-arm]", stop).forEach((item, number) => {
        item.setAttribute("role", "button");
        item.setAttribute("tabindex", number ? "-1" : "0");
        item.setAttribute("aria-pressed", "false");
        const title = item.querySelector("title");
        if (title) item.setAttribute("aria-label", title.textContent);
      });
    }
  }
}

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

document.addEventListener("keydown", (event) => {
  const item = event.target;
  if (!(item instanceof Element) || !item.matches("[data-arm]")) return;
  if (event.key === "Enter" || event.key === " ") hold(item);
  else if (event.key === "Escape") {
    const held = heldIn(item.closest("[data-side]"));
    if (held) hold(held);
    light(item.closest("[data-side]"), null);
  } else {
    const items = all("[data-arm]", item.closest(STOPS));
    const last = items.length - 1;
    const place = items.indexOf(item) + (STEPS[event.key] ?? 0);
    const next = { Home: 0, End: last }[event.key] ?? Math.min(Math.max(place, 0), last);
    if (!(event.key in STEPS) && event.key !== "Home" && event.key !== "End") return;
    item.setAttribute("tabindex", "-1");
    items[next].setAttribute("tabindex", "0");
    items[next].focus();
  }
  event.preventDefault();
});

// --- The list of all tasks: chosen from a small index, unpacked a page at a time.

const PER_PAGE = 12;
const index = JSON.parse(document.getElementById("index").textContent);
const tools = document.getElementById("tools");
const cards = document.getElementById("cards");
const pages = document.getElementById("pages");
const statusLine = document.getElementById("status");
const packs = all(".pack");
const unpacked = new Map();
let page = -1; // the cards that the page came with
let request = 0;

const SHOWN = {
  cured: (first, last) => first === "0" && last === "1",
  introduced: (first, last) => first === "1" && last === "0",
  still: (first, last) => first === "0" && last === "0",
  failing: (first) => first === "0",
  satisfied: (first) => first === "1",
};
const ORDERS = {
  loss: (a, b) => index.gains[a] - index.gains[b],
  gain: (a, b) => index.gains[b] - index.gains[a],
  worst: (a, b) => index.rewards[a] - index.rewards[b],
};

function chosen() {
  const { axis, show, order, task } = Object.fromEntries(new FormData(tools));
  const axes = axis ? [index.axes.indexOf(axis)] : index.axes.keys();
  const tested = [...axes];
  const wanted = SHOWN[show];
  const found = [...index.ids.keys()].filter((number) => {
    if (task && !index.ids[number].toLowerCase().includes(task.trim().toLowerCase())) return false;
    if (show === "error") return index.ran[number].includes("0");
    const [first, last] = index.states[number];
    return !wanted || tested.some((place) => wanted(first[place], last?.[place]));
  });
  return ORDERS[order] ? found.sort(ORDERS[order]) : found;
}

async function cardOf(number) {
  const place = Math.floor(number / index.perPack);
  if (!unpacked.has(place)) {
    const bytes = Uint8Array.from(atob(packs[place].textContent), (one) => one.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    if (unpacked.size > 40) unpacked.clear();
    unpacked.set(place, new Response(stream).json());
  }
  return (await unpacked.get(place))[number % index.perPack];
}

async function show() {
  const mine = ++request;
  const found = chosen();
  const last = Math.max(Math.ceil(found.length / PER_PAGE) - 1, 0);
  page = Math.min(page, last);
  const begin = page * PER_PAGE;
  const numbers = found.slice(begin, begin + PER_PAGE);
  let texts;
  try {
    texts = await Promise.all(numbers.map(cardOf));
  } catch (error) {
    statusLine.textContent = `The tasks cannot be unpacked here (${error}); a newer browser can.`;
    return;
  }
  if (mine !== request) return; // a later choice overtook this one
  const made = document.createElement("template");
  made.innerHTML = texts.join("");
  arm(made.content);
  cards.replaceChildren(made.content);
  const range = numbers.length ? `: ${begin + 1} to ${begin + numbers.length}` : "";
  statusLine.textContent = `${found.length} of ${index.ids.length} tasks${range}`;
  pages.hidden = last === 0;
  pages.querySelector("span").textContent = `page ${page + 1} of ${last + 1}`;
  pages.firstElementChild.disabled = page === 0;
  pages.lastElementChild.disabled = page === last;
}

function choose(query) {
  const values = new URLSearchParams(query);
  for (const field of tools.elements) field.value = values.get(field.name) ?? "";
  page = 0;
  return show();
}

function remember() {
  const values = [...new FormData(tools)].filter(([, value]) => value);
  history.replaceState(null, "", `#${new URLSearchParams(values)}`);
}

tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("input", () => {
  page = 0;
  remember();
  show();
});
pages.addEventListener("click", async (event) => {
  const turn = Number(event.target.dataset?.turn ?? 0);
  if (!turn) return;
  page = Math.max(page + turn, 0);
  await show();
  document.getElementById("tasks").scrollIntoView();
});
window.addEventListener("hashchange", async () => {
  if (!location.hash.includes("=")) return;
  await choose(location.hash.slice(1));
  document.getElementById("tasks").scrollIntoView();
});

for (const count of all("[data-view]")) {
  const link = document.createElement("a");
  link.className = "count";
  link.href = `#${count.dataset.view}`;
  link.setAttribute("aria-label", count.dataset.name);
  link.textContent = count.textContent;
  count.replaceWith(link);
}
for (const hint of all("[data-scripted]")) hint.hidden = false;
tools.hidden = false;
pages.hidden = index.ids.length <= PER_PAGE;
pages.querySelector("span").textContent = `${index.ids.length} tasks`;
pages.firstElementChild.disabled = true;
arm(document);
if (location.hash.includes("=")) choose(location.hash.slice(1));
