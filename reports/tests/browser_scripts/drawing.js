// A picture opened by itself: its texts lie inside it, apart from each other, and can be read. `behind`: what a page has behind it.

function answer(behind) {
  const texts = [...document.querySelectorAll('text')].filter(t => t.textContent.trim() && t.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}));
  const boxes = texts.map(t => ({text: t, box: inked(t)})).filter(b => b.box);
  return {outside: few(outside(boxes)), overlapping: few(overlapping(boxes)), faint: few(faint(boxes, behind))};
}

/** The box of what is drawn of a text, on the screen; for one at an angle, the box of that. */
function inked(text) {
  const s = style(text), box = text.getBBox();
  if (!box.width || !text.getNumberOfChars()) return null;
  brush.font = `${s.fontStyle} ${s.fontWeight} ${s.fontSize} ${s.fontFamily}`;
  const size = brush.measureText(text.textContent.trim());
  const lines = new Set();
  for (let i = 0; i < text.getNumberOfChars(); i++) lines.add(Math.round(text.getStartPositionOfChar(i).y * 4) / 4);
  const top = Math.min(...lines) - size.actualBoundingBoxAscent, bottom = Math.max(...lines) + size.actualBoundingBoxDescent;
  const matrix = text.getScreenCTM();
  const corners = [[box.x, top], [box.x + box.width, top], [box.x, bottom], [box.x + box.width, bottom]]
    .map(([x, y]) => new DOMPoint(x, y).matrixTransform(matrix));
  const xs = corners.map(p => p.x), ys = corners.map(p => p.y);
  return {left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys)};
}

function frame() {
  const view = html.viewBox.baseVal, matrix = html.getScreenCTM();
  const [a, b] = view && view.width ? [[view.x, view.y], [view.x + view.width, view.y + view.height]]
    : [[0, 0], [html.width.baseVal.value, html.height.baseVal.value]];
  const p = new DOMPoint(...a).matrixTransform(matrix), q = new DOMPoint(...b).matrixTransform(matrix);
  return {left: p.x, top: p.y, right: q.x, bottom: q.y};
}

function outside(boxes) {
  const edge = frame();
  return boxes.filter(({box}) => box.left < edge.left - 1.5 || box.right > edge.right + 1.5 || box.top < edge.top - 1.5 || box.bottom > edge.bottom + 1.5)
    .map(({text, box}) => `${named(text)} reaches out of the picture: x ${Math.round(box.left)} to ${Math.round(box.right)}, `
                          + `y ${Math.round(box.top)} to ${Math.round(box.bottom)} of ${Math.round(edge.right)}x${Math.round(edge.bottom)}`);
}

function overlapping(boxes) {
  const said = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    const x = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const y = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (x > 1.5 && y > 1.5) said.push(`${named(a.text)} and ${named(b.text)} overlap by ${x.toFixed(1)}x${y.toFixed(1)} px`);
  }));
  return said;
}

/** Texts that can hardly be told from what is drawn under their middle. */
function faint(boxes, behind) {
  const said = [];
  for (const {text, box} of boxes) {
    const s = style(text), size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && parseInt(s.fontWeight, 10) >= 700);
    const stack = document.elementsFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    const below = stack.slice(stack.indexOf(stack.find(e => text.contains(e))) + 1)
      .filter(e => e instanceof SVGGeometryElement && style(e).fill !== 'none').reverse();
    for (const page of behind) {
      const back = below.reduce((under, e) => {
        const c = colour(style(e).fill);
        return over([c[0], c[1], c[2], c[3] * parseFloat(style(e).fillOpacity) * parseFloat(style(e).opacity)], under);
      }, page);
      const c = colour(s.fill), front = over([c[0], c[1], c[2], c[3] * parseFloat(s.fillOpacity)], back), ratio = contrast(front, back);
      if (ratio < (large ? 3 : 4.5) - 0.005)
        said.push(`${named(text)} has a contrast of ${ratio.toFixed(2)}: ${hex(front)} on ${hex(back)}, ${size} px`);
    }
  }
  return said;
}
