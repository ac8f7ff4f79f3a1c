// Elements. Every text goes in as text, so that nothing in a label, a URL or an error can be markup.

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function drawing(name, attributes, ...children) {
  const made = document.createElementNS(document.getElementById('drawing').namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A section with a heading, and its entry in the contents. */
function section(id, title, ...children) {
  const made = element('section', { id, 'aria-labelledby': `${id}-title` }, element('h2', { id: `${id}-title` }, title), ...children);
  document.getElementById('sections').append(made);
  return made;
}

/**
 * A table. Columns are titles; one that begins with "<" holds words and is aligned left. A cell is a text, an element,
 * or {text, kind}. The first cell of a row is its heading. `options.quiet(row)` says which rows are in the background.
 */
function table(caption, columns, rows, options) {
  const words = columns.map((title) => title.startsWith('<'));
  const cell = (content, index) => {
    const given = content !== null && typeof content === 'object' && !(content instanceof Element) ? content : { text: content };
    const kind = [words[index] ? 'words' : '', given.kind || ''].join(' ').trim();
    return element(index ? 'td' : 'th', { class: kind || null, scope: index ? null : 'row' }, given.text === null || given.text === undefined ? '–' : given.text);
  };
  const head = columns.map((title, index) => element('th', { scope: 'col', class: words[index] ? 'words' : null }, title.replace(/^</, '')));
  const body = rows.map((row) => element('tr', { class: options && options.quiet && options.quiet(row) ? 'alone' : null }, ...row.map(cell)));
  return element(
    'div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element('table', {}, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body)),
  );
}

/** What is folded away until somebody asks for it. */
function folded(title, ...children) {
  return element('details', {}, element('summary', {}, title), ...children);
}

function button(text, label, act) {
  const made = element('button', { type: 'button', 'aria-label': label }, text);
  made.addEventListener('click', act);
  return made;
}

/** A chart's place: a heading line, the chart and what stands for it where it is not seen. */
function chartPlace(kind, title, side, description) {
  const chart = element('div', { class: `chart ${kind}`, 'aria-hidden': 'true' });
  const place = element(
    'figure', {},
    element('figcaption', {}, element('strong', {}, title), element('span', { class: 'side' }, side)),
    element('div', { role: 'img', 'aria-label': description }, chart),
  );
  return { place, chart };
}
