// What can be operated: marks each control for the walk with the Tab key and remembers how it looks without the focus.

function answer() {
  if (document.activeElement) document.activeElement.blur();
  const radios = new Set();
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(e => {
    if (e.disabled || e.closest('[inert]') || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true}) || e.type === 'hidden') return false;
    if (e.type !== 'radio') return true;
    const first = !radios.has(e.name);  // a group of these is one stop
    radios.add(e.name);
    return first;
  });
  window.walk = {all, plain: new Map(all.map(e => [e, ring(e)])), named, ring};
  scrollTo(0, 0);
  return all.map(named);
}

/** What may show that an element has the focus. */
function ring(e) {
  const s = getComputedStyle(e);
  const outline = s.outlineStyle === 'none' || parseFloat(s.outlineWidth) === 0 || colour(s.outlineColor)[3] === 0 ? 'none'
    : `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor}`;
  return [outline, s.borderColor, s.borderWidth, s.boxShadow, s.backgroundColor, s.textDecorationLine].join(' | ');
}
