// Where texts are: on the page, whole, apart from each other, under nothing. `paper`: nothing scrolls there.

function answer(paper) {
  const all = pieces();
  return {wide: few(wide()), cut: few(cut(all, paper)), outside: few(outside(all, paper)), spilled: few(spilled(all)),
          overlapping: few(overlapping(all)), covered: few(covered(all))};
}

function wide() {
  if (html.scrollWidth <= html.clientWidth) return [];
  let farthest = null, right = html.clientWidth;
  for (const e of document.body.querySelectorAll('*')) {
    const box = visible(e.getBoundingClientRect(), e);
    if (box && box.right > right + 0.5) { right = box.right; farthest = e; }
  }
  return [`the page is ${html.scrollWidth} px wide and scrolls`
    + (farthest ? `: ${named(farthest)} reaches to ${Math.round(right)} px` : '')];
}

function titled(piece) {
  const holder = piece.element.closest('[title]');
  const plain = text => text.trim().replace(/\s+/g, ' ');
  return holder && plain(holder.title).includes(plain(piece.node.data));
}

function hides(value, paper) {
  return value === 'hidden' || value === 'clip' || (paper && (value === 'auto' || value === 'scroll'));
}

function cut(all, paper) {
  const said = [], boxes = new Set();
  for (const piece of all) {
    if (titled(piece)) continue;
    for (const e of clippers(piece.element)) {
      const s = style(e), edge = inner(e);
      const x = hides(s.overflowX, paper), y = hides(s.overflowY, paper);
      const over = piece.boxes.find(b => (x && (b.right > edge.right + 1 || b.left < edge.left - 1))
                                         || (y && (b.bottom > edge.bottom + 1 || b.top < edge.top - 1)));
      if (over) { said.push(`${quoted(piece)} is cut off by ${named(e)}`); break; }
      if (e === piece.element || s.textOverflow === 'ellipsis') boxes.add(e);
      if (!x && !y) break;  // it scrolls there, which shows everything
    }
  }
  for (const e of boxes) {
    const s = style(e);
    if ((hides(s.overflowX, paper) && e.scrollWidth > e.clientWidth + 1) || (hides(s.overflowY, paper) && e.scrollHeight > e.clientHeight + 1))
      said.push(`${named(e)} is cut off: ${e.scrollWidth}x${e.scrollHeight} px in ${e.clientWidth}x${e.clientHeight} px`);
  }
  return said;
}

function scrolls(element) {
  for (const e of clippers(element))
    if (/auto|scroll/.test(style(e).overflowX)) return true;
  return false;
}

function outside(all, paper) {
  return all.filter(piece => (paper || !scrolls(piece.element))
                             && piece.boxes.some(b => b.left < -1 || b.right > html.clientWidth + 1 || b.top + scrollY < -1))
    .map(piece => `${quoted(piece)} reaches out of the page, from ${Math.round(Math.min(...piece.boxes.map(b => b.left)))} px `
                  + `to ${Math.round(Math.max(...piece.boxes.map(b => b.right)))} px of ${html.clientWidth} px`);
}

/** Text that sticks out of a box that it is in. */
function spilled(all) {
  const said = [];
  for (const piece of all) {
    for (let e = piece.element; e && e !== document.body; e = e.parentElement) {
      const s = style(e);
      if (s.display === 'inline' || s.display === 'contents' || e instanceof SVGElement) continue;
      if (s.overflowX !== 'visible') break;
      const edge = e.getBoundingClientRect();
      const over = piece.boxes.find(b => b.right > edge.right + 2 || b.left < edge.left - 2 || b.bottom > edge.bottom + 2 || b.top < edge.top - 2);
      if (over) {
        const by = [over.left, over.right, over.top, over.bottom].map(Math.round), of = [edge.left, edge.right, edge.top, edge.bottom].map(Math.round);
        said.push(`${quoted(piece)} sticks out of ${named(e).replace(/ ".*$/, '')}: x ${by[0]} to ${by[1]}, y ${by[2]} to ${by[3]} `
                  + `in x ${of[0]} to ${of[1]}, y ${of[2]} to ${of[3]}`);
        break;
      }
      if (s.position === 'absolute' || s.position === 'fixed') break;
    }
  }
  return said;
}

function overlapping(all) {
  const boxes = [];
  for (const piece of all)
    for (const box of piece.boxes) {
      const there = visible(box, piece.element);
      if (there) boxes.push({...there, piece});
    }
  boxes.sort((a, b) => a.top - b.top);
  const said = [];
  let open = [];
  for (const box of boxes) {
    open = open.filter(o => o.bottom > box.top + 2);
    for (const o of open) {
      const x = Math.min(o.right, box.right) - Math.max(o.left, box.left);
      const y = Math.min(o.bottom, box.bottom) - Math.max(o.top, box.top);
      if (x > 2 && y > 2 && o.piece !== box.piece)
        said.push(`${quoted(o.piece)} and ${quoted(box.piece)} overlap by ${x.toFixed(1)}x${y.toFixed(1)} px`);
    }
    open.push(box);
  }
  return said;
}

const PICTURES = new Set(['IMG', 'CANVAS', 'VIDEO', 'IFRAME', 'INPUT', 'SELECT', 'BUTTON', 'TEXTAREA']);

/** Whether an element hides what is under it. */
function opaque(element, above) {
  for (let e = element; e && !e.contains(above); e = e.parentElement) {
    if (PICTURES.has(e.tagName) || e instanceof SVGGraphicsElement && !(e instanceof SVGSVGElement)) return true;
    const s = style(e);
    if (colour(s.backgroundColor)[3] > 0.05 || s.backgroundImage !== 'none') return true;
    if (['absolute', 'fixed', 'sticky'].includes(s.position) && s.position !== 'absolute') return false;
  }
  return false;
}

function moves(element) {
  for (let e = element; e; e = e.parentElement)
    if (['fixed', 'sticky'].includes(style(e).position)) return true;
  return false;
}

/** Text under something else, looked at from top to bottom. */
function covered(all) {
  const said = [], was = scrollY, places = [];
  for (const piece of all)
    for (const box of piece.boxes) {
      const there = visible(box, piece.element);
      if (there) places.push({piece, x: (there.left + there.right) / 2, y: (there.top + there.bottom) / 2 + was});
    }
  places.sort((a, b) => a.y - b.y);
  for (let i = 0; i < places.length;) {
    scrollTo({top: Math.max(0, places[i].y - 30), behavior: 'instant'});
    const begin = i;
    for (; i < places.length && places[i].y - scrollY < innerHeight - 1; i++) {
      const {piece, x, y} = places[i];
      if (x < 0 || x >= html.clientWidth || moves(piece.element)) continue;
      const top = document.elementFromPoint(x, y - scrollY);
      if (!top || top.contains(piece.element) || piece.element.contains(top) || moves(top)) continue;
      if (opaque(top, piece.element)) said.push(`${quoted(piece)} lies under ${named(top)}`);
    }
    if (i === begin) i++;  // it cannot be scrolled to
  }
  scrollTo({top: was, behavior: 'instant'});
  return said;
}
