// The endpoints of looplagd on Node's http module and JSON.parse: one event
// loop. `node node_server.js --port 8000`, or --fd N for a listening socket
// that was inherited. Replies and headers are those of looplagd, so that one
// client reads both.
'use strict';

const http = require('node:http');
const { parseArgs } = require('node:util');

const now = () => performance.now();

/** What is wrong with a document, as FastAPI tells it; an empty list for a good one. */
function violations(document) {
  if (document === null || typeof document !== 'object' || Array.isArray(document)) {
    return [{ type: 'model_attributes_type', loc: ['body'], msg: 'Input should be an object' }];
  }
  const found = [];
  for (const [field, type, msg, good] of [
    ['name', 'string_type', 'Input should be a valid string', (v) => typeof v === 'string'],
    ['data', 'dict_type', 'Input should be a valid dictionary',
      (v) => v !== null && typeof v === 'object' && !Array.isArray(v)],
  ]) {
    if (!Object.hasOwn(document, field)) {
      found.push({ type: 'missing', loc: ['body', field], msg: 'Field required' });
    } else if (!good(document[field])) {
      found.push({ type, loc: ['body', field], msg });
    }
  }
  return found;
}

/** Counts the members and finds the largest; throws the first that is no integer. */
function summarize(data) {
  let count = 0;
  let maxval = -Infinity;
  for (const key in data) {
    const value = data[key];
    if (!Number.isInteger(value)) {
      throw [{ type: 'int_type', loc: ['body', 'data', key], msg: 'Input should be a valid integer' }];
    }
    count += 1;
    if (value > maxval) maxval = value;
  }
  return { count, maxval: count ? maxval : 0 };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw [{ type: 'json_invalid', loc: ['body'], msg: error.message }];
  }
}

/** The reply to a body that is there; throws a list of violations. */
function answer(call, chunks, profiled) {
  const marks = [now()];
  const text = Buffer.concat(chunks).toString();
  marks.push(now());
  const document = parse(text);
  marks.push(now());
  const wrong = violations(document);
  if (wrong.length) throw wrong;
  const { count, maxval } = summarize(document.data);
  marks.push(now());
  const profiling = profiled ? {
    '001_read_chunks': Math.round(call.readMs),
    '002_string_conversion': Math.round(marks[1] - marks[0]),
    '003_json_parsing': Math.round(marks[2] - marks[1]),
    '004_param_creation': Math.round(marks[3] - marks[2]),
  } : {};
  return {
    name: document.name, count, maxval, elapsed_server: Math.round(now() - call.began), profiling,
  };
}

function send(call, status, body, more = {}) {
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Server-Timing': `read;dur=${call.readMs.toFixed(3)}, total;dur=${(now() - call.began).toFixed(3)}`,
    'X-Worker': String(process.pid),
    ...more,
  };
  const id = call.request.headers['x-request-id'];
  if (id !== undefined) headers['X-Request-ID'] = id;
  call.response.writeHead(status, headers).end(text);
}

function takeBody(call, profiled) {
  const chunks = [];
  call.request.on('data', (chunk) => chunks.push(chunk));
  call.request.on('end', () => {
    call.readMs = now() - call.began;
    try {
      send(call, 200, answer(call, chunks, profiled));
    } catch (detail) {
      if (!Array.isArray(detail)) throw detail;
      send(call, 422, { detail });
    }
  });
}

const routes = {
  '/ping': { method: 'POST', run: (call) => takeBody(call, false) },
  '/pong': { method: 'POST', run: (call) => takeBody(call, true) },
  '/healthz': { method: 'GET', run: (call) => send(call, 200, { status: 'ok' }) },
};

function handle(request, response) {
  const call = { request, response, began: now(), readMs: 0 };
  const route = Object.hasOwn(routes, request.url) ? routes[request.url] : null;
  if (!route) send(call, 404, { detail: 'Not Found' });
  else if (route.method !== request.method) {
    send(call, 405, { detail: 'Method Not Allowed' }, { Allow: route.method });
  } else route.run(call);
}

const { values } = parseArgs({ options: { port: { type: 'string' }, fd: { type: 'string' } } });
const server = http.createServer(handle);
server.listen(values.fd !== undefined
  ? { fd: Number(values.fd) }
  : { host: '127.0.0.1', port: Number(values.port ?? 8000) });
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
