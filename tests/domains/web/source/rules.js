// [selectors, properties] of every style rule that the browser keeps, outer before inner, in order.
() => {
  const found = [];
  const waiting = [...document.styleSheets].reverse().map((sheet) => [sheet.cssRules, 0]);
  while (waiting.length) {
    const [rules, index] = waiting.pop();
    if (index >= rules.length) continue;
    waiting.push([rules, index + 1]);
    const rule = rules[index];
    if (rule instanceof CSSStyleRule) found.push([rule.selectorText, [...rule.style]]);
    if (rule.cssRules && !(rule instanceof CSSKeyframesRule)) waiting.push([rule.cssRules, 0]);
  }
  return found;
}
