// Texts against what they lie on: 4.5 to 1, large ones 3 to 1 (WCAG 2, 1.4.3).

function answer() {
  const said = [];
  const judge = (what, s, text, below) => {
    const size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && parseInt(s.fontWeight, 10) >= 700);
    for (const back of below.colours) {
      const front = over([text[0], text[1], text[2], text[3] * below.opacity], back), ratio = contrast(front, back);
      if (ratio < (large ? 3 : 4.5) - 0.005)
        said.push(`${what} has a contrast of ${ratio.toFixed(2)}: ${hex(front)} on ${hex(back)}, ${size} px`);
    }
  };
  for (const piece of pieces()) {
    const e = piece.element, s = style(e);
    if (e.closest('[disabled]')) continue;
    judge(quoted(piece), s, colour(e instanceof SVGElement ? s.fill : s.color), ground(e));
  }
  for (const e of document.querySelectorAll('input, select, textarea')) {
    if (e.disabled || !seen(e)) continue;
    const s = style(e);
    judge(named(e).replace(/ ".*$/, ''), s, colour(s.color), ground(e));
    if (e.placeholder) {
      const of = getComputedStyle(e, '::placeholder'), text = colour(of.color);
      judge(`the placeholder of ${named(e)}`, s, [text[0], text[1], text[2], text[3] * parseFloat(of.opacity)], ground(e));
    }
  }
  return few(said);
}
