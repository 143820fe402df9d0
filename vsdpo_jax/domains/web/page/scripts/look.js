// The first call: reads the page, and keeps in our world what later calls ask for.

function look(options) {
  const page = readElements(options);
  if (page.count) return { tooRich: `${page.count} elements` };
  const reader = readTexts(page, options);
  if (reader.isFull()) {
    return {
      tooRich: `more than ${options.maxTexts} texts or ${options.maxCharacters} characters`,
    };
  }
  const parts = options.decked ? PARTS : [""];
  const held = { page, runs: reader.runs, parts };
  const calls = { explainAndHide, hitTexts, bareTexts, soloTexts, withoutElements };
  globalThis.askPage = (name, argument) => calls[name](held, argument);
  return {
    rows: page.rows,
    styles: page.styles,
    texts: reader.rows,
    viewport: [innerWidth, innerHeight],
  };
}

return look(argument);
