// What a page is made of: headings, tables, forms, landmarks, names, pictures, links. `links` and `ids` are for the caller to compare.

async function answer() {
  return {structure: few(structure()), pictures: few(await pictures()), ids: [...document.querySelectorAll('[id]')].map(e => e.id), links: links()};
}

function structure() {
  const said = [];
  const all = selector => [...document.querySelectorAll(selector)];
  if (!html.lang) said.push('html has no lang');
  if (!document.title.trim()) said.push('the page has no title');
  if (all('main, [role=main]').length !== 1) said.push(`there are ${all('main, [role=main]').length} main landmarks`);

  const headings = all('h1, h2, h3, h4, h5, h6').filter(seen);
  const first = headings.filter(h => h.tagName === 'H1').length;
  if (first !== 1) said.push(`there are ${first} headings of level 1`);
  let level = 0;
  for (const h of headings) {
    const own = +h.tagName[1];
    if (own > level + 1) said.push(`${named(h)} follows a heading of level ${level}`);
    if (!h.textContent.trim()) said.push(`${named(h)} is an empty heading`);
    level = own;
  }
  for (const th of all('th')) if (!th.scope) said.push(`${named(th)} has no scope`);

  const known = new Set();
  for (const e of all('[id]')) {
    if (known.has(e.id)) said.push(`the id ${e.id} is there twice`);
    known.add(e.id);
  }
  for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for', 'headers', 'list'])
    for (const e of all(`[${name}]`))
      for (const id of e.getAttribute(name).split(/\s+/).filter(Boolean))
        if (!known.has(id)) said.push(`${named(e)} has ${name}="${id}", which is no id here`);

  for (const e of all('input:not([type=hidden]), select, textarea, output, meter, progress'))
    if (e.tagName !== 'OUTPUT' && !e.labels.length && !e.ariaLabel && !e.getAttribute('aria-labelledby'))
      said.push(`${named(e)} has no label`);
  for (const e of all('a[href], button, summary, [role=button]'))
    if (!e.textContent.trim() && !e.ariaLabel && !e.getAttribute('aria-labelledby') && !e.querySelector('img[alt]:not([alt=""])'))
      said.push(`${named(e)} (${e.getAttribute('href') || 'button'}) has no name`);
  for (const e of all('button.chip, button[data-verdict], [aria-pressed]'))
    if (!['true', 'false'].includes(e.getAttribute('aria-pressed'))) said.push(`${named(e)} does not say whether it is pressed`);
  for (const e of all('[aria-sort]'))
    if (!['ascending', 'descending', 'none', 'other'].includes(e.getAttribute('aria-sort')))
      said.push(`${named(e)} has aria-sort="${e.getAttribute('aria-sort')}"`);
  for (const e of all('[tabindex]')) if (e.tabIndex > 0) said.push(`${named(e)} has tabindex ${e.tabIndex}, which changes the order`);
  for (const e of all('[onclick]')) if (!e.matches('a[href], button, input, select, summary')) said.push(`${named(e)} can be clicked but is no control`);
  return said;
}

async function pictures() {
  const said = [];
  for (const img of document.images) {
    if (!img.hasAttribute('alt')) said.push(`the picture ${img.getAttribute('src')} has no alt`);
    img.loading = 'eager';
    try { await img.decode(); } catch { /* told below */ }
    if (!(img.naturalWidth > 0)) said.push(`the picture ${img.getAttribute('src').slice(0, 90)} is not loaded`);
  }
  for (const svg of document.querySelectorAll('svg'))
    if (!svg.closest('[aria-hidden=true]') && svg.getAttribute('role') !== 'img' && !svg.querySelector('title') && !svg.ariaLabel)
      said.push(`${named(svg)} has neither a title nor aria-hidden`);
  return said;
}

function links() {
  const found = [];
  for (const [selector, name] of [['a[href], area[href], link[href], svg a, use[href]', 'href'], ['[src]', 'src'], ['object[data]', 'data'],
                                  ['form[action]', 'action'], ['video[poster]', 'poster']])
    for (const e of document.querySelectorAll(selector))
      if (e.getAttribute(name) !== null) found.push([named(e).replace(/ ".*$/, ''), e.getAttribute(name)]);
  return found;
}
