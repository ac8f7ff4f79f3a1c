'use strict';
// docs.js: draws /openapi.json as a page: each operation with its request's fields, its replies and a form to try it.

const SHOWN_MOST = 20_000; // characters of a reply

const at = id => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// What a "$ref" of the document points to.
function resolver(root) {
  return node => {
    while (node?.$ref)
      node = node.$ref.slice(2).split('/').reduce((at, key) => at[key], root);
    return node;
  };
}

function typeInWords(schema, resolve) {
  const {type, format, items, additionalProperties} = resolve(schema);
  const name = [type ?? 'anything'].flat().join(' or ');
  if (items)
    return `array of ${typeInWords(items, resolve)}`;
  if (additionalProperties)
    return `object of ${typeInWords(additionalProperties, resolve)}`;
  return format ? `${name} (${format})` : name;
}

function table(caption, headings, rows) {
  const head = element('tr', {}, ...headings.map(text => element('th', {scope: 'col'}, text)));
  const body = rows.map(([first, ...others]) =>
    element('tr', {}, element('th', {scope: 'row'}, first), ...others.map(cell => element('td', {}, cell))));
  return element('div', {class: 'scrolls'}, element('table', {}, element('caption', {}, caption),
    element('thead', {}, head), element('tbody', {}, ...body)));
}

function fieldsTable(caption, schema, resolve) {
  const {properties = {}, required = []} = resolve(schema);
  return table(caption, ['field', 'type', 'what it is'], Object.entries(properties).map(([name, field]) =>
    [element('code', {}, name), typeInWords(field, resolve) + (required.includes(name) ? '' : ', optional'),
      field.description ?? '']));
}

const schemaOf = ({content}) => Object.entries(content)[0];

function requestPart(operation, resolve) {
  const [type, {schema}] = schemaOf(resolve(operation.requestBody));
  return [element('h3', {}, 'Request'), fieldsTable(`Fields of the body, ${type}`, schema, resolve)];
}

function repliesPart(operation, resolve, name) {
  const replies = Object.entries(operation.responses).map(([status, reference]) => [status, resolve(reference)]);
  const [type, {schema}] = schemaOf(resolve(operation.responses['200']));
  const names = reply => Object.keys(reply.headers ?? {});
  const common = names(replies[0][1]).filter(header => replies.every(([, reply]) => names(reply).includes(header)));
  const rows = replies.map(([status, reply]) => {
    const more = names(reply).filter(header => !common.includes(header));
    return [status, reply.description + (more.length ? ` (with ${more.join(', ')})` : '')];
  });
  const parts = [element('h3', {}, 'Replies'), table(`Replies of ${name}`, ['status', 'when'], rows),
    element('p', {class: 'quiet'}, `A 200 is ${type}, all others are JSON. Headers: ${common.join(', ')}.`)];
  if (resolve(schema).properties)
    parts.push(element('h3', {}, 'The 200'), fieldsTable(`Fields of a 200 of ${name}`, schema, resolve));
  return parts;
}

function pretty(text, type) {
  try {
    text = type.includes('json') ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    // as it is
  }
  return text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)}\n… ${text.length - SHOWN_MOST} characters more` : text;
}

async function tryIt(method, path, body, shown) {
  const begun = performance.now();
  try {
    const headers = body == null ? {} : {'Content-Type': 'application/json'};
    if (at('token').value)
      headers.Authorization = `Bearer ${at('token').value}`;
    const reply = await fetch(path, {method, body, cache: 'no-store', headers});
    if (reply.status === 401)
      at('tokens').hidden = false;
    const text = await reply.text();
    const took = (performance.now() - begun).toFixed(1);
    const told = [`${reply.status} ${reply.statusText}, ${took} ms`];
    for (const name of ['content-type', 'server-timing', 'x-worker', 'retry-after'])
      if (reply.headers.has(name))
        told.push(`${name}: ${reply.headers.get(name)}`);
    shown.textContent = `${told.join('\n')}\n\n${pretty(text, reply.headers.get('content-type') ?? '')}`;
  } catch {
    shown.textContent = 'No answer: the connection failed.';
  }
  shown.hidden = false;
}

function tryPart(method, path, operation, resolve, name) {
  const form = element('form', {'aria-label': `Try ${name}`}, element('h3', {}, 'Try it'));
  let field = null;
  if (operation.requestBody) {
    const [, {schema}] = schemaOf(resolve(operation.requestBody));
    field = element('textarea', {'aria-label': `Body for ${name}`, spellcheck: 'false'});
    field.value = JSON.stringify(resolve(schema).examples?.[0] ?? {}, null, 2);
    form.append(field);
  }
  const shown = element('pre', {class: 'answer', role: 'status', 'aria-label': `Reply of ${name}`, tabindex: '0'});
  shown.hidden = true;
  form.append(element('button', {type: 'submit', 'aria-label': `Send ${name}`}, 'Send'), shown);
  form.addEventListener('submit', event => {
    event.preventDefault();
    tryIt(method.toUpperCase(), path, field?.value, shown);
  });
  return form;
}

function operationPart(path, method, operation, resolve) {
  const name = `${method.toUpperCase()} ${path}`;
  const head = element('summary', {}, element('span', {class: `method ${method}`}, method.toUpperCase()), ' ',
    element('code', {}, path), ' ', element('span', {class: 'what'}, operation.summary));
  const inside = element('div', {class: 'inside'});
  if (operation.requestBody)
    inside.append(...requestPart(operation, resolve));
  inside.append(...repliesPart(operation, resolve, name), tryPart(method, path, operation, resolve, name));
  return element('details', {id: operation.operationId}, head, inside);
}

const TAGS = {model: 'What takes the model', operator: 'For who runs it', pages: 'Pages'};

function show(root) {
  const resolve = resolver(root);
  at('title').textContent = `${root.info.title} ${root.info.version}`;
  at('about').prepend(`${root.info.description} `);
  const sections = new Map();
  for (const [path, methods] of Object.entries(root.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      if (!sections.has(tag))
        sections.set(tag, element('section', {'aria-label': TAGS[tag] ?? tag}, element('h2', {}, TAGS[tag] ?? tag)));
      sections.get(tag).append(operationPart(path, method, operation, resolve));
    }
  }
  at('operations').replaceChildren(...sections.values());
  at('operations').querySelector('details').open = true;
}

async function begin() {
  try {
    const reply = await fetch('/openapi.json', {cache: 'no-store'});
    if (!reply.ok)
      throw new Error(`it said ${reply.status}`);
    show(await reply.json());
  } catch (error) {
    at('trouble').hidden = false;
    at('trouble').textContent = `/openapi.json could not be read (${error.message}). Load the page again when the server is back.`;
  }
}

at('tokens').addEventListener('submit', event => event.preventDefault());
begin();
