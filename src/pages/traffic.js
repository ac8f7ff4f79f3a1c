'use strict';
// traffic.js: what this page sends: small requests at a steady pace, whatever becomes of those before, and large ones
// when a button is pressed. It keeps what became of each; others draw and tell it.

const traffic = (() => {
  const EVERY_MS = 100;
  const KEPT_MS = 40_000;
  const WAITING_MOST = 150; // more would only fill the browser
  const SLICE_MS = 8; // a body is made in pieces: the page has other things to do

  const small = []; // {sent, ended, status, failed}, in the order of sending
  const large = []; // the same with {path, megabytes, parsing, detail, over}
  const lateness = []; // {at, ms}: how late the page itself was with a small one
  const bodies = new Map();
  let number = 0;
  let path = null; // of the small requests; null: none are sent
  let waiting = 0;
  let planned = 0;

  const pair = i => `"key${i}":${i % 1000}`;
  const smallBody = `{"name":"small","data":{${Array.from({length: 80}, (_, i) => pair(i)).join(',')}}}`;

  let token = {}; // a header, where the server asks for one
  const headersOf = id => ({'Content-Type': 'application/json', 'X-Request-ID': id, ...token});

  // Sends it and notes in `request` what became of it. A refusal is an answer, too.
  const send = async (request, to, body, id) => {
    request.sent = performance.now();
    try {
      const reply = await fetch(to, {method: 'POST', body, headers: headersOf(id), cache: 'no-store'});
      request.status = reply.status;
      request.timing = reply.headers.get('Server-Timing') ?? '';
      const text = await reply.text();
      request.failed = !reply.ok;
      if (!reply.ok)
        request.detail = detailOf(text);
    } catch {
      request.failed = true;
      request.detail = 'the connection failed';
    }
    request.ended = performance.now();
    return request;
  };

  const detailOf = text => {
    try {
      const {detail} = JSON.parse(text);
      return typeof detail === 'string' ? detail : detail[0].msg;
    } catch {
      return '';
    }
  };

  const forget = now => {
    for (const list of [small, large])
      while (list.length && list[0].ended && list[0].sent < now - KEPT_MS)
        list.shift();
    while (lateness.length && lateness[0].at < now - KEPT_MS)
      lateness.shift();
  };

  const sendSmall = async now => {
    if (waiting >= WAITING_MOST)
      return;
    waiting++;
    lateness.push({at: now, ms: now - planned});
    const request = {};
    request.over = send(request, path, smallBody, `page-small-${++number}`).finally(() => waiting--);
    small.push(request);
  };

  const tick = () => {
    const now = performance.now();
    if (now - planned > 2000)
      planned = now; // the machine slept, or the page was hidden
    if (path && now >= planned) {
      sendSmall(now);
      forget(now);
    }
    while (planned <= now)
      planned += EVERY_MS;
    setTimeout(tick, planned - performance.now());
  };

  // So many million bytes of the model, as a Blob; made once, in slices.
  const bodyOf = async megabytes => {
    if (bodies.has(megabytes))
      return bodies.get(megabytes);
    const parts = ['{"name":"large","data":{'];
    let begun = performance.now();
    for (let i = 0, bytes = 0; bytes < megabytes * 1e6; i += 5000) {
      const text = Array.from({length: 5000}, (_, k) => pair(i + k)).join(',');
      parts.push(i ? ',' + text : text);
      bytes += text.length + 1;
      if (performance.now() - begun > SLICE_MS) {
        await new Promise(resume => setTimeout(resume, 0));
        begun = performance.now();
      }
    }
    parts.push('}}');
    const blob = new Blob(parts);
    bodies.set(megabytes, blob);
    return blob;
  };

  // What the server's own clock says of the parsing, in ms.
  const parsingOf = timing => {
    const stages = [...timing.matchAll(/(decode|parse|bind);dur=([\d.]+)/g)];
    return stages.length ? stages.reduce((sum, [, , ms]) => sum + Number(ms), 0) : null;
  };

  // Sends one and resolves when it and every small request that it met are over.
  const sendLarge = async (to, megabytes) => {
    const body = await bodyOf(megabytes);
    const request = {path: to, megabytes, bytes: body.size};
    const sending = send(request, to, body, `page-large-${++number}`);
    large.push(request);
    await sending;
    request.parsing = parsingOf(request.timing ?? '');
    const met = small.filter(each => each.sent <= request.ended && !(each.ended < request.sent));
    await Promise.all(met.map(each => each.over));
    request.met = met;
    return request;
  };

  const start = to => {
    path = to;
  };
  const stop = () => {
    path = null;
  };

  const authorize = header => {
    token = header;
  };

  planned = performance.now();
  tick();
  return {small, large, lateness, start, stop, sendLarge, authorize, isSending: () => path !== null};
})();
