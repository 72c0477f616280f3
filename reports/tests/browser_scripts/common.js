// What the checks share. Each check's file defines answer(...), which returns a list of sentences or an object.
'use strict';
const html = document.documentElement;
const MOST = 12;  // sentences of one check and one view

/** An element as a sentence names it. */
function named(element) {
  const classes = element.classList.length ? '.' + [...element.classList].join('.') : '';
  const text = (element.textContent || '').trim().replace(/\s+/g, ' ');
  return element.tagName.toLowerCase() + (element.id ? '#' + element.id : classes)
    + (text ? ` "${text.length > 70 ? text.slice(0, 69) + '…' : text}"` : '');
}

/** The first sentences, and how many more there are. */
function few(sentences) {
  const all = [...new Set(sentences)];
  return all.length <= MOST ? all : [...all.slice(0, MOST), `and ${all.length - MOST} more`];
}

const styles = new Map();
function style(element) {
  let found = styles.get(element);
  if (!found) styles.set(element, found = getComputedStyle(element));
  return found;
}

/** Whether an element is there for those who listen only: cut to a pixel, or moved off the page until it has the focus. */
function forListeners(element) {
  for (let e = element; e && e !== document.body; e = e.parentElement) {
    const s = style(e);
    if (s.position !== 'absolute' && s.position !== 'fixed') continue;
    const box = e.getBoundingClientRect();
    if (s.clip.startsWith('rect(') || /inset\(50%|inset\(100%/.test(s.clipPath)) return true;
    if (box.width <= 1 && box.height <= 1 && s.overflowX !== 'visible') return true;
    if (box.right + scrollX <= 0 || box.bottom + scrollY <= 0) return true;
  }
  return false;
}

function seen(element) {
  return element.checkVisibility({opacityProperty: true, visibilityProperty: true, checkOpacity: true, checkVisibilityCSS: true})
    && !forListeners(element);
}

const NO_TEXT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'TITLE', 'DESC', 'OPTION', 'TEXTAREA']);

/** Every text that can be seen: its node, element and boxes, one a line. A box is no taller than its line. */
function pieces() {
  const found = [], range = document.createRange(), shown = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || NO_TEXT.has(element.tagName.toUpperCase())) continue;
    if (!shown.has(element)) shown.set(element, seen(element));
    if (!shown.get(element)) continue;
    range.selectNodeContents(node);
    const line = parseFloat(style(element).lineHeight);
    const boxes = [...range.getClientRects()].filter(r => r.width > 0.5 && r.height > 0.5).map(r => {
      const spare = line < r.height ? (r.height - line) / 2 : 0;
      return {left: r.left, right: r.right, top: r.top + spare, bottom: r.bottom - spare};
    });
    if (boxes.length) found.push({node, element, boxes});
  }
  return found;
}

function quoted(piece) {
  const text = piece.node.data.trim().replace(/\s+/g, ' ');
  return `"${text.length > 70 ? text.slice(0, 69) + '…' : text}" in ${named(piece.element).replace(/ ".*$/, '')}`;
}

/** The ancestors whose overflow an element is subject to, the nearest first, the page itself not. */
function* clippers(element) {
  for (let e = element; e && e !== document.body && e !== html; e = e.parentElement) {
    const s = style(e);
    if (s.display !== 'inline' && s.display !== 'contents' && (s.overflowX !== 'visible' || s.overflowY !== 'visible')) yield e;
    if (s.position === 'fixed') return;
    if (s.position === 'absolute') {  // those between it and what it is placed in do not clip it
      const base = e.offsetParent;
      while (e.parentElement && e.parentElement !== base && e.parentElement !== document.body) e = e.parentElement;
    }
  }
}

function inner(element) {
  const r = element.getBoundingClientRect();
  const left = r.left + element.clientLeft, top = r.top + element.clientTop;
  return {left, top, right: left + element.clientWidth, bottom: top + element.clientHeight};
}

/** What of a box can be seen inside its scrolling and clipping ancestors; null: nothing at present. */
function visible(box, element) {
  let {left, right, top, bottom} = box;
  for (const e of clippers(element)) {
    const edge = inner(e);
    left = Math.max(left, edge.left); right = Math.min(right, edge.right);
    top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
  }
  return right - left > 0.5 && bottom - top > 0.5 ? {left, right, top, bottom} : null;
}

// --- colours: [red, green, blue, opacity], 0 to 255 and 0 to 1

const brush = Object.assign(document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas'), {width: 1, height: 1})
  .getContext('2d', {willReadFrequently: true});
const colours = new Map();
function colour(text) {
  let found = colours.get(text);
  if (!found) {
    const parts = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(text);
    if (parts) {
      found = [+parts[1], +parts[2], +parts[3], parts[4] === undefined ? 1 : +parts[4]];
    } else {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = text;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      found = [r, g, b, a / 255];
    }
    colours.set(text, found);
  }
  return found;
}

function over(front, back) {
  const a = front[3];
  return [0, 1, 2].map(i => front[i] * a + back[i] * (1 - a)).concat(1);
}

function luminance(c) {
  const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG's contrast of two opaque colours, 1 to 21. */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function hex(c) {
  return '#' + c.slice(0, 3).map(v => Math.round(v).toString(16).padStart(2, '0')).join('');
}

/** The colour of an empty page. */
function canvasColour() {
  const probe = document.createElement('span');
  probe.style.cssText = 'color: Canvas; position: absolute';
  document.body.append(probe);
  const found = colour(getComputedStyle(probe).color);
  probe.remove();
  return found;
}

const grounds = new Map();
/** What an element's text lies on, from the page's colour up: the possible colours (a gradient has several), and its opacity. */
function ground(element) {
  if (!element) return {colours: [canvasColour()], opacity: 1};
  let found = grounds.get(element);
  if (found) return found;
  const below = ground(element.parentElement), s = style(element);
  const opacity = below.opacity * parseFloat(s.opacity);
  const own = colour(s.backgroundColor);
  let now = below.colours.map(c => over([own[0], own[1], own[2], own[3] * opacity], c));
  const stops = s.backgroundImage.includes('gradient') ? s.backgroundImage.match(/(?:rgba?|color|oklch|oklab|lab|lch|hsla?)\([^()]*\)/g) || [] : [];
  if (stops.length) now = now.concat(stops.flatMap(stop => now.map(c => over(colour(stop), c))));
  grounds.set(element, found = {colours: now, opacity});
  return found;
}
