// Waits until a document looks as it will, and keeps it so. Runs in the isolated world.
async ({ scripts, mostElements }) => {
  const within = (ms, begin) => new Promise((done) => { setTimeout(done, ms); begin(done); });
  if (scripts) {
    // With scripts off no callback of an event or a timer runs, in any world; the caller waits.
    // A page that opens its document to write and never closes it has no load.
    if (document.readyState !== "complete")
      await within(10000, (done) => addEventListener("load", done, { once: true }));
    await within(1000, requestAnimationFrame);
    await within(1000, requestAnimationFrame);
  }
  const root = document.documentElement;
  const elements = document.getElementsByTagName("*").length;
  if (!root || elements > mostElements) return { elements, clips: [false, false], plays: false, content: null };
  await document.fonts.ready;

  // Nothing moves from here on, whatever the reader changes.
  const still = new CSSStyleSheet();
  still.replaceSync(`*, *::before, *::after {
    transition: none !important; caret-color: transparent !important; scroll-behavior: auto !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];

  const trees = [document];
  for (const tree of trees)
    for (const element of tree.querySelectorAll("*"))
      if (element.shadowRoot) trees.push(element.shadowRoot);
  for (const tree of trees) {
    // As Playwright does: what ends has ended, what goes on for ever has not begun.
    for (const animation of tree.getAnimations()) {
      if (animation.timeline !== document.timeline) continue; // of scrolling: it stands still
      try {
        if (animation.effect.getComputedTiming().endTime === Infinity) animation.cancel();
        else animation.finish();
      } catch { animation.cancel(); }
    }
    // Their bar runs to and fro by a clock of its own; an empty one looks nearly the same.
    for (const bar of tree.querySelectorAll("progress:indeterminate")) bar.value = 0;
    for (const svg of tree.querySelectorAll("svg")) {
      if (svg.ownerSVGElement) continue;
      svg.pauseAnimations();
      svg.setCurrentTime(0);
    }
  }
  scrollTo(0, 0);

  // What the root, or the body in its stead, clips cannot be scrolled to: a person never sees it.
  const of = (element) => (element ? getComputedStyle(element) : null);
  const own = of(root);
  const seat = own.overflowX === "visible" && own.overflowY === "visible" ? of(document.body) ?? own : own;
  const clips = [seat.overflowX, seat.overflowY].map((way) => way === "hidden" || way === "clip");
  const plays = trees.some((tree) => tree.querySelector("audio[controls], video[controls]"));
  // Of the element that scrolls the window these are the whole page's. Without one they are asked for.
  const scroller = document.scrollingElement;
  const content = scroller ? [scroller.scrollWidth, scroller.scrollHeight] : null;
  return { elements, clips, plays, content };
}
