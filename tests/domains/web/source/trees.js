// For each [page, instrumented page, attribute]: whether both are the same tree but for the attribute,
// and [name, attribute's value, namespace] of every element of the instrumented one.
(items) => {
  const spaces = {
    'http://www.w3.org/1999/xhtml': 'html',
    'http://www.w3.org/2000/svg': 'svg',
    'http://www.w3.org/1998/Math/MathML': 'math',
  };
  const parser = new DOMParser();
  return items.map(([plain, marked, attribute]) => {
    const elements = [];
    const tree = (root, isMarked) => {
      const lines = [], waiting = [[root, 0]];
      while (waiting.length) {
        const [node, depth] = waiting.pop();
        if (node.nodeType === Node.ELEMENT_NODE) {
          const attributes = [];
          let mark = null;
          for (const {name, value, namespaceURI} of node.attributes) {
            if (isMarked && name === attribute) mark = value;
            else attributes.push(`${namespaceURI} ${name}=${value}`);
          }
          if (isMarked) elements.push([node.localName.toLowerCase(), mark, spaces[node.namespaceURI]]);
          lines.push(`${depth} ${node.namespaceURI} ${node.localName} ${attributes.sort().join(' ')}`);
          if (node.content) waiting.push([node.content, depth + 1]);
        } else {
          lines.push(`${depth} ${node.nodeType} ${node.nodeValue} ${node.publicId} ${node.systemId}`);
        }
        for (let child = node.lastChild; child; child = child.previousSibling) {
          waiting.push([child, depth + 1]);
        }
      }
      return lines.join('\n');
    };
    const first = parser.parseFromString(plain, 'text/html');
    const second = parser.parseFromString(marked, 'text/html');
    const same = tree(first, false) === tree(second, true) && first.compatMode === second.compatMode;
    return [same, elements];
  });
}
