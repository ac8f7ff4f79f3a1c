'use strict';
// live.js: the live page: asks the server once a second what it measured (GET /recent), draws, and says in words what
// was seen. How a server serves is asked by its properties, never by the name of its mode.

const ASK_MS = 1000;
const ASK_GONE_MOST_MS = 5000;
const TOLD_MS = 10_000; // "the last 10 s"
const SIZES_MB = [1, 5, 25];
const LARGE_MOST = 3; // a browser has six connections to a server
const FRAME_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 500 : 50;

const at = id => document.getElementById(id);
const server = {known: null, token: {}, asked: 0, taken: 0, failures: 0, goneSince: null, lanes: [], marks: [], paused: false};

const inWords = ms => ms == null ? '-' : ms < 9.95 ? `${ms.toFixed(1)} ms` : ms < 999.5 ? `${Math.round(ms)} ms`
  : `${(ms / 1000).toFixed(2)} s`;
const clockTime = () => new Date().toLocaleTimeString('en-GB');
const set = (id, text) => {
  if (at(id).textContent !== text)
    at(id).textContent = text;
};
const medianOf = values => values.length ? values.sort((a, b) => a - b)[values.length >> 1] : null;
const longestOf = values => values.reduce((most, value) => Math.max(most, value), 0);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes))
    made.setAttribute(key, value);
  return made;
}

// --- how the server serves, in a teacher's words

function servingInWords({mode, poll, serving, workers}) {
  const start = `Mode ${mode} (${poll}): `;
  if (serving.one_loop)
    return `${start}one event loop reads, answers and writes for everybody. While it parses a body in one go, nobody `
      + 'else is served.';
  if (serving.thread_per_connection)
    return `${start}each connection has a thread of its own. While one thread parses, the others go on.`;
  if (serving.answered_by === 'handlers')
    return `${start}one event loop reads and writes, and handler threads make the answers. While one of them parses, the `
      + 'loop goes on.';
  if (serving.answered_by === 'size')
    return `${start}one event loop reads, writes and answers what is small. What is large it hands to threads, and goes on.`;
  if (serving.reserve)
    return `${start}${serving.loops} event loops share the connections, and ${serving.reserve} of them take nothing large.`;
  return `${start}${workers.length} event loops share the connections. Who shares one with a large request waits, the `
    + 'others don’t.';
}

function holdInWords({serving}) {
  return serving.thread_per_connection ? 'a thread held' : 'loop held';
}

// --- what the server tells

function showServing(told) {
  set('serving', servingInWords(told));
  set('hold-name', holdInWords(told));
  set('held-name', told.serving.thread_per_connection ? 'Longest hold of a thread, 10\u00a0s' : 'Longest loop hold, 10\u00a0s');
  document.title = `looplagd, ${told.mode}`;
  const other = told.serving.one_loop ? 'threads' : 'select';
  set('command', `looplagd --mode=${other} --port=${location.port || 80}`);
}

function showWays(told) {
  const ways = Object.entries(told.endpoints).map(([path, {summary}]) => {
    const way = element('div', '', {class: 'way'});
    const heading = element('h3', '');
    heading.append(element('code', path));
    const buttons = element('div', '', {class: 'buttons', role: 'group', 'aria-label': `Send to ${path}`});
    for (const megabytes of SIZES_MB) {
      const button = element('button', `${megabytes} MB`, {type: 'button', 'aria-label': `Send ${megabytes} MB to ${path}`});
      button.addEventListener('click', () => sendLarge(path, megabytes));
      buttons.append(button);
    }
    way.append(heading, element('p', summary, {class: 'quiet'}), buttons);
    return way;
  });
  at('ways').replaceChildren(...ways);
}

function showWorkers(told) {
  const rows = told.workers.map((worker, number) => {
    const row = element('tr', '');
    const held = longestOf(server.lanes[number].holds.filter(recent).map(({ms}) => ms));
    row.append(element('th', String(worker.worker), {scope: 'row'}));
    for (const value of [worker.pid, worker.open, worker.in_flight, worker.requests, held ? inWords(held) : 'under 1 ms'])
      row.append(element('td', String(value), {class: 'number'}));
    return row;
  });
  at('workers').tBodies[0].replaceChildren(...rows);
}

const recent = ({ended}) => ended > performance.now() - TOLD_MS;

// The server tells of each tenth of a second with a hold or an answer of a millisecond; some of it was told before.
function takeLanes(told, now) {
  const one = told.workers.length === 1;
  server.lanes = told.workers.map((worker, number) => {
    const lane = server.lanes[number] ?? {holds: [], answers: []};
    const since = now - told.recent_ms;
    const keep = list => list.filter(({ended}) => ended <= since && ended > now - strip.SPAN_MS);
    const take = place => worker.recent.filter(row => row[place] > 0).map(row => ({ended: now - row[0], ms: row[place]}));
    return {
      name: one ? 'held' : `loop ${worker.worker}`,
      holds: [...keep(lane.holds), ...take(1)],
      answers: [...keep(lane.answers), ...take(2)],
    };
  });
}

function take(told) {
  const now = performance.now();
  const before = server.known;
  if (before && told.pid !== before.pid) {
    server.lanes = [];
    server.marks.push({at: now, text: told.mode === before.mode ? 'restarted' : `restarted: ${told.mode}`});
  }
  takeLanes(told, now);
  if (before?.pid === told.pid && told.uptime_ms > before.uptime_ms)
    server.rate = Math.max(0, (answeredBy(told) - answeredBy(before)) / (told.uptime_ms - before.uptime_ms) * 1000);
  server.known = told;
  if (before?.mode !== told.mode)
    showServing(told);
  if (JSON.stringify(before?.endpoints) !== JSON.stringify(told.endpoints))
    showWays(told);
  showWorkers(told);
}

const answeredBy = told => told.workers.reduce((sum, worker) => sum + worker.requests, 0);

// --- asking, and what to say when there is no answer

function trouble(text) {
  at('trouble').hidden = !text;
  set('trouble', text ?? '');
}

function sayHowItIs() {
  if (server.wantsToken)
    trouble(null);
  else if (server.goneSince)
    trouble(`No answer from the server since ${server.goneSince}${server.why ? ` (${server.why})` : ''}. `
      + 'This page asks again every few seconds, and goes on by itself when the server is back.');
  else if (server.known?.draining)
    trouble('The server was told to end: it answers what it has accepted, and takes no new connections. This page waits '
      + 'for the next one.');
  else if (server.refusedLately)
    trouble(`The server refuses requests at the moment (${server.refusedLately}). It is still there, and this page goes on.`);
  else
    trouble(null);
}

async function ask() {
  const turn = ++server.asked;
  try {
    const reply = await fetch('/recent', {cache: 'no-store', headers: server.token,
      signal: AbortSignal.timeout(60_000)});
    askForTokens(reply.status === 401);
    if (!reply.ok)
      throw new Error(`it said ${reply.status}`);
    const told = await reply.json();
    if (turn > server.taken)
      take(told);
    server.taken = Math.max(turn, server.taken); // a reply that was overtaken is of no use
    server.failures = 0;
    server.goneSince = null;
  } catch (error) {
    server.failures++;
    server.goneSince ??= clockTime();
    server.why = error.message.startsWith('it said') ? error.message : null;
  }
  sayHowItIs();
  keepSending();
}

// Where the server asks for tokens, a form does, until all are answered.
function askForTokens(operator) {
  server.wantsToken = operator || server.refusedLately?.startsWith('401');
  at('tokens').hidden = !server.wantsToken;
}

function useTokens(event) {
  event.preventDefault();
  const header = id => at(id).value ? {Authorization: `Bearer ${at(id).value}`} : {};
  server.token = header('operator-token');
  traffic.authorize(header('user-token'));
  server.failures = 0;
  askAndAgain();
}

// Small requests go out while somebody looks, nobody has paused them, and there is a server.
function keepSending() {
  const to = server.known && Object.keys(server.known.endpoints)[0];
  const should = to && !document.hidden && !server.paused && !server.goneSince;
  if (!should)
    traffic.stop();
  else if (!traffic.isSending())
    traffic.start(to);
}

let timer = 0;
async function askAndAgain() {
  clearTimeout(timer);
  if (!document.hidden && !server.asking) {
    server.asking = true;
    await ask();
    server.asking = false;
  }
  clearTimeout(timer);
  timer = setTimeout(askAndAgain, Math.min(ASK_GONE_MOST_MS, ASK_MS * (1 + server.failures)));
}

// --- large requests

async function sendLarge(path, megabytes) {
  if (traffic.large.filter(each => !each.ended).length >= LARGE_MOST) {
    say(`${LARGE_MOST} large requests are under way: wait for one of them.`);
    return;
  }
  say(`Sending ${megabytes} MB to ${path} …`);
  const mode = server.known.mode;
  const request = await traffic.sendLarge(path, megabytes);
  await ask();
  conclude(request, mode);
}

function say(text, kind = '') {
  set('said', text);
  at('said').className = `said ${kind}`;
}

function conclude(request, mode) {
  const took = request.ended - request.sent;
  const times = request.met.filter(each => !each.failed).map(each => each.ended - each.sent);
  const slowest = longestOf(times);
  const slow = times.filter(ms => ms >= strip.SLOW_MS).length;
  const late = longestOf(traffic.lateness.filter(({at: when}) => when >= request.sent && when <= request.ended)
    .map(({ms}) => ms));
  const what = `${request.megabytes} MB to ${request.path}`;
  addRow(request, mode, {took, slowest, count: times.length});
  if (!request.status)
    say(`${what}: no answer, ${request.detail}.`, 'stall');
  else if (request.failed)
    say(`${what} was refused: ${request.status}, ${request.detail}.`, 'stall');
  else if (slow)
    say(`${what} took ${inWords(took)}. Meanwhile ${slow} of ${times.length} small requests took 50 ms or more, the slowest `
      + `${inWords(slowest)}.${lateInWords(late)}`, 'stall');
  else
    say(`${what} took ${inWords(took)}. No small request was slow meanwhile: of ${times.length} the slowest took `
      + `${inWords(slowest)}.${lateInWords(late)}`, 'none');
}

const lateInWords = ms => ms >= strip.SLOW_MS ? ` This browser was up to ${inWords(ms)} late itself.` : '';

function addRow(request, mode, {took, slowest, count}) {
  const body = at('sent').tBodies[0];
  if (body.querySelector('[colspan]'))
    body.replaceChildren();
  const row = element('tr', '', {'data-took': took, 'data-parsing': request.parsing ?? '', 'data-slowest': slowest,
    'data-status': request.status ?? 0, 'data-met': count});
  row.append(element('th', `${request.megabytes} MB to ${request.path}`, {scope: 'row'}), element('td', mode),
    element('td', String(request.status ?? 'none')));
  for (const value of [inWords(took), inWords(request.parsing), String(count), count ? inWords(slowest) : '-'])
    row.append(element('td', value, {class: 'number'}));
  body.prepend(row);
  while (body.rows.length > 12)
    body.lastElementChild.remove();
}

// --- what is shown all the time

function showNow(now) {
  const done = traffic.small.filter(each => each.sent > now - TOLD_MS);
  const times = done.filter(each => !each.failed).map(each => (each.ended ?? now) - each.sent);
  const ended = done.filter(each => each.ended && !each.failed).map(each => each.ended - each.sent);
  const refused = done.filter(each => each.failed && each.status);
  server.refusedLately = refused.length ? `${refused.at(-1).status}: ${refused.at(-1).detail}` : null;
  set('median', inWords(medianOf(ended)));
  set('slowest', times.length ? inWords(longestOf(times)) : '-');
  if (!server.known)
    return;
  const longest = key => longestOf(server.lanes.flatMap(lane => lane[key].filter(recent).map(({ms}) => ms)));
  const told = ms => ms ? inWords(ms) : 'under 1 ms';
  set('held', told(longest('holds')));
  set('answer', told(longest('answers')));
  set('flight', String(Math.max(0, server.known.in_flight - 1)));
  set('rate', server.rate == null ? '-' : String(Math.round(server.rate)));
  const late = longestOf(traffic.lateness.map(({ms}) => ms));
  set('late', late >= strip.SLOW_MS ? `This browser was up to ${inWords(late)} late with sending, in the last 40 s.` : '');
}

function describeStrip(now) {
  const times = traffic.small.filter(each => each.sent > now - strip.SPAN_MS && !each.failed)
    .map(each => (each.ended ?? now) - each.sent);
  if (!times.length)
    return 'No small requests in the last 30 seconds';
  const slow = times.filter(ms => ms >= strip.SLOW_MS).length;
  const longest = longestOf(times);
  return `${times.length} small requests in the last 30 seconds: median ${inWords(medianOf(times))}, ${slow} of 50 ms or `
    + `more, the slowest ${inWords(longest)}`;
}

let drawnAt = 0;
let describedAt = 0;
function frame() {
  const now = performance.now();
  if (now - drawnAt >= FRAME_MS) {
    drawnAt = now;
    server.marks = server.marks.filter(mark => mark.at > now - strip.SPAN_MS);
    strip.draw(at('strip'), {now, small: traffic.small, large: traffic.large, lanes: server.lanes, marks: server.marks});
  }
  if (now - describedAt >= 500) {
    describedAt = now;
    showNow(now);
    sayHowItIs();
    at('strip').setAttribute('aria-label', describeStrip(now));
  }
  requestAnimationFrame(frame);
}

at('pause').addEventListener('click', () => {
  server.paused = !server.paused;
  set('pause', server.paused ? 'Go on' : 'Pause');
  keepSending();
});
at('tokens').addEventListener('submit', useTokens);
document.addEventListener('visibilitychange', () => {
  keepSending();
  if (!document.hidden)
    askAndAgain();
});
askAndAgain();
requestAnimationFrame(frame);
