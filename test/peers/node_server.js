// The endpoints of looplagd on Node's http module and JSON.parse: one event
// loop. `node node_server.js --port 8000`, or --fd N for a listening socket
// that was inherited. With --workers N bodies are read on the loop and parsed
// in N worker threads. Replies and headers are those of looplagd, so that one
// client reads both.
'use strict';

const http = require('node:http');
const { parseArgs } = require('node:util');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

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

/** What a body says, and how long each stage took in ms; throws a list of violations. */
function digest(bytes) {
  const marks = [now()];
  const text = bytes.toString();
  marks.push(now());
  const document = parse(text);
  marks.push(now());
  const wrong = violations(document);
  if (wrong.length) throw wrong;
  const said = { name: document.name, ...summarize(document.data) };
  marks.push(now());
  return { said, stages: marks.slice(1).map((mark, i) => mark - marks[i]) };
}

/** The same as {digested}, or {detail} of what is wrong. */
function tryDigest(bytes) {
  try {
    return { digested: digest(bytes) };
  } catch (detail) {
    if (!Array.isArray(detail)) throw detail;
    return { detail };
  }
}

/** Worker threads that digest bodies, in the order in which they come; returns digest(chunks, done). */
function startWorkers(count) {
  const waiting = [];
  const idle = [];
  const give = () => {
    while (idle.length && waiting.length) {
      const worker = idle.pop();
      const { bytes, done } = waiting.shift();
      worker.once('message', (outcome) => {
        idle.push(worker);
        give();
        done(outcome);
      });
      worker.postMessage(bytes, [bytes.buffer]);
    }
  };
  for (let i = 0; i < count; i++) idle.push(new Worker(__filename));
  return (chunks, done) => {
    // Memory of its own, which is handed over, not copied: small buffers share theirs.
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    waiting.push({ bytes, done });
    give();
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

function sendAnswer(call, profiled, { said, stages }) {
  const profiling = profiled ? {
    '001_read_chunks': Math.round(call.readMs),
    '002_string_conversion': Math.round(stages[0]),
    '003_json_parsing': Math.round(stages[1]),
    '004_param_creation': Math.round(stages[2]),
  } : {};
  send(call, 200, { ...said, elapsed_server: Math.round(now() - call.began), profiling });
}

function takeBody(call, profiled) {
  const chunks = [];
  call.request.on('data', (chunk) => chunks.push(chunk));
  call.request.on('end', () => {
    call.readMs = now() - call.began;
    call.digest(chunks, ({ digested, detail }) => {
      if (detail) send(call, 422, { detail });
      else sendAnswer(call, profiled, digested);
    });
  });
}

const routes = {
  '/ping': { method: 'POST', run: (call) => takeBody(call, false) },
  '/pong': { method: 'POST', run: (call) => takeBody(call, true) },
  '/healthz': { method: 'GET', run: (call) => send(call, 200, { status: 'ok' }) },
};

function handle(call) {
  const { method, url } = call.request;
  const route = Object.hasOwn(routes, url) ? routes[url] : null;
  if (!route) send(call, 404, { detail: 'Not Found' });
  else if (route.method !== method) {
    send(call, 405, { detail: 'Method Not Allowed' }, { Allow: route.method });
  } else route.run(call);
}

function serve() {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, fd: { type: 'string' }, workers: { type: 'string' } },
  });
  const digestChunks = values.workers !== undefined
    ? startWorkers(Number(values.workers))
    : (chunks, done) => done(tryDigest(Buffer.concat(chunks)));
  const server = http.createServer((request, response) => {
    handle({ request, response, digest: digestChunks, began: now(), readMs: 0 });
  });
  server.listen(values.fd !== undefined
    ? { fd: Number(values.fd) }
    : { host: '127.0.0.1', port: Number(values.port ?? 8000) });
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

if (isMainThread) serve();
else parentPort.on('message', (bytes) => parentPort.postMessage(tryDigest(Buffer.from(bytes.buffer))));
