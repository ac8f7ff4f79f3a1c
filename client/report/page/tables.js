// The sections of a result that are tables: what the large requests did, the percentiles, stalls, prediction, errors, ...

/** A ratio's interval as a picture on a logarithmic axis from 1/2 on; its words stand beside it. */
function effectPicture(found, most) {
  const width = 260;
  const last = Math.log10(Math.max(most * 1.3, 10));
  const x = (ratio) => 6 + ((Math.log10(Math.max(ratio, 0.5)) + 0.301) / (last + 0.301)) * (width - 12);
  const picture = drawing('svg', { class: `effect${found.shown && found.value > 1 ? ' effect-hurt' : ''}`, viewBox: `0 0 ${width} 22`, 'aria-hidden': 'true' },
    drawing('line', { class: 'effect-axis', x1: 0, x2: width, y1: 11, y2: 11 }),
    drawing('line', { class: 'effect-one', x1: x(1), x2: x(1), y1: 0, y2: 22 }));
  if (found.interval) picture.append(drawing('line', { class: 'effect-range', x1: x(found.interval[0]), x2: x(found.interval[1]), y1: 11, y2: 11 }));
  if (found.value !== undefined) picture.append(drawing('rect', { class: 'effect-value', x: x(found.value) - 3, y: 6, width: 6, height: 10 }));
  return picture;
}

/** The cells that were measured alone, too, each with its system. */
function compared(systems) {
  return systems.flatMap((system) => system.light.filter((cell) => cell.baseline).map((cell) => ({ system, cell })));
}

/** The highest percentile that all cells can tell the effect on, else the highest of any. */
function toldPercentile(pairs) {
  const keys = Object.keys(pairs[0].cell.interference || {}).reverse();
  const told = (pair, key) => effect(pair.cell.interference, pair.cell.interference_ci, pair.cell.interference_at_least, key).value !== undefined;
  return keys.find((key) => pairs.every((pair) => told(pair, key))) || keys.find((key) => pairs.some((pair) => told(pair, key))) || keys[0];
}

function effectsSection(systems) {
  const pairs = compared(systems);
  if (!pairs.length) return;
  const key = toldPercentile(pairs);
  const effectOf = (cell, percentile) => effect(cell.interference, cell.interference_ci, cell.interference_at_least, percentile);
  const most = Math.max(...pairs.map(({ cell }) => { const found = effectOf(cell, key); return found.interval ? found.interval[1] : found.value || 1; }));
  const collateral = (cell) => {
    const value = cell.collateral_ms_per_large;
    const range = cell.collateral_ms_per_large_ci;
    if (value === null || value === undefined) return '–';
    if (!range) return ms2(value);
    const shown = range[0] > 0 || range[1] < 0;
    return `${shown ? ms2(value) : 'none shown'} (${ms2(range[0])} to ${ms2(range[1])})`;
  };
  const others = Object.keys(pairs[0].cell.interference).filter((each) => each !== key);
  section('effects', 'What the large requests did',
    element('p', {}, `How many times longer small requests took beside large ones, from the rounds of this run; the line is the 95 % interval, the dotted one stands at 1. Collateral delay is what all of them together waited longer for each large request, in ms.`),
    table(`Interference: response time with large requests ÷ alone, on ${key}; collateral delay in ms`,
      ['<System', `${key} alone`, `with large`, '<Effect', '<On a logarithmic axis', '<Collateral delay', ...others.map((each) => `<on ${each}`)],
      pairs.map(({ system, cell }) => {
        const found = effectOf(cell, key);
        return [nameOf(system, cell), figure(cell.baseline.response_ms, key), figure(cell.response_ms, key),
          { text: found.words, kind: found.shown && found.value > 1 ? 'bad' : '' }, effectPicture(found, most), collateral(cell), ...others.map((each) => effectOf(cell, each).words)];
      })),
    source.sentences && source.sentences.length ? folded('In words', element('ul', {}, ...source.sentences.map((sentence) => element('li', {}, sentence)))) : null);
}

/** What a closed loop beside each class would have reported (--exhibit). */
function exhibitSection(systems) {
  const cells = systems.flatMap((system) => system.light.filter((cell) => cell.closed_loop).map((cell) => [nameOf(system, cell), cell]));
  if (!cells.length) return;
  section('exhibit', 'What a closed loop would have reported',
    element('p', {}, 'A closed loop sends its next request after the last reply. While the server is stuck it asks for nothing, so the stall leaves hardly a sample.'),
    table('One class at the same time, three ways to measure it, in ms', ['<System', '<Method', 'Count', 'Median', 'p90', 'p95', 'p99', 'Longest'],
      cells.flatMap(([name, cell]) => [
        ['response time, from the planned send', cell.ok, cell.response_ms],
        ['service time, from the actual send', cell.ok, cell.service_ms],
        ['a closed loop beside it', cell.closed_loop.ok, cell.closed_loop.service_ms],
      ].map(([method, replies, figures]) => [name, method, replies, ...['p50', 'p90', 'p95', 'p99'].map((key) => figure(figures, key)), ms(figures.max)]))));
}

/** What a health check beside the load found (--probe). */
function probeSection() {
  const probes = [['', source.probe], ...(source.subjects || []).map((subject) => [`${subject.mode} ${subject.endpoint}`, subject.probe])].filter(([, probe]) => probe);
  if (!probes.length) return;
  section('probe', 'A health check beside the load', table('A restart follows so many failures in a row', ['<System', '<Asked for', 'Sent', 'Failed', 'In a row', 'Restart at', 'Slowest, ms', '<Restarted'],
    probes.map(([name, probe]) => [name || 'the server', probe.path, probe.sent, probe.failed, probe.longest_failures, probe.failures, ms(probe.slowest_ms),
      probe.would_restart ? { text: `after ${Number(probe.restart_after_s.toPrecision(3))} s`, kind: 'bad' } : 'no'])));
}

/** What a new connection for each request costs (--keepalive=on,off). */
function connectionSection() {
  if (!source.connection_cost || !source.connection_cost.length) return;
  const cost = (value, range) => (value === null || value === undefined ? '–' : range ? `${ms2(value)} (${ms2(range[0])} to ${ms2(range[1])})` : ms2(value));
  section('connections', 'What a new connection costs', table('A connection for each request against reused ones, in µs a request, with 95 % intervals', ['<System', '<Endpoint', '<Class', '<Alone', '<With large requests'],
    source.connection_cost.map((row) => [row.system, row.endpoint, row.class, cost(row.alone_us, row.alone_us_ci), cost(row.with_large_us, row.with_large_us_ci)])));
}

/** Milliseconds that may be negative. */
function ms2(value) {
  return value < 0 ? `−${ms(-value)}` : ms(value);
}

/** The original's table, its columns in the original's order. */
function percentileSection(cells) {
  const columns = [['Min', 'min'], ['Median', 'p50'], ['Mean', 'mean'], ['p90', 'p90'], ['p95', 'p95'], ['p99', 'p99'], ['p99.9', 'p99.9'], ['Max', 'max']];
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const row = (cell, stats, alone) => [
    capital(cell.class) + (alone ? ' alone' : ''), cell.mode || '–', cell.endpoint, stats.ok, ...columns.map(([, key]) => figure(stats.response_ms, key)),
  ];
  const rows = cells.flatMap((cell) => [...(cell.baseline ? [row(cell, cell.baseline, true)] : []), row(cell, cell, false)]);
  section('percentiles', 'Every class', table('Response times in ms, from the planned send to the last byte of the reply',
    ['<Request Size', '<Mode', '<Endpoint', 'Count', ...columns.map(([title]) => title)], rows, { quiet: (each) => / alone$/.test(each[0]) }));
}

function stallsSection(systems) {
  const TOP = 10;
  const rows = [];
  const notes = [];
  for (const system of systems) {
    for (const cell of system.light) {
      if (!cell.stalls || !cell.stalls.slow) continue;
      const { stalls } = cell;
      const share = stalls.excess_ms ? (100 * stalls.explained_ms) / stalls.excess_ms : 0;
      notes.push(element('li', {}, `${nameOf(system, cell)}: ${count(stalls.slow)} slow requests waited ${time(stalls.excess_ms)} longer than usual, all together; ` +
        `${Math.round(share)} % of it ${stalls.relation === 'cause' ? 'while a large request held the loop' : 'while a large request was in flight (an overlap, not shown to be the cause)'}; chance alone would give ${Math.round(100 * stalls.chance_share)} %.`));
      for (const stall of stalls.worst.slice(0, TOP)) {
        rows.push([nameOf(system, cell), stall.id, ms(stall.response_ms), ms(stall.excess_ms), stall.large || 'none', stall.large ? ms(stall.large_ms) : '–', stall.large_hold_ms === null ? '–' : ms(stall.large_hold_ms)]);
      }
    }
  }
  if (!notes.length) return;
  const into = section('stalls', 'Worst stalls', element('ul', {}, ...notes));
  if (rows.length) {
    into.append(table(`The slowest requests, ${TOP} of a system at most, and the large one that each met; in ms`,
      ['<System', '<Request', 'Took', 'Longer than usual', '<Large request', 'Together for', 'It held the loop'], rows));
  }
}

function predictionSection(systems) {
  const rows = [];
  for (const system of systems) {
    for (const cell of system.light) {
      const { prediction } = cell;
      if (!prediction) continue;
      for (const key of ['p50', 'p90', 'p99']) {
        const range = prediction.run_range_ms && prediction.run_range_ms[key];
        rows.push([nameOf(system, cell), key, ms(prediction.response_ms[key]), range ? `${ms(range[0])} to ${ms(range[1])}` : '–', figure(cell.response_ms, key),
          key === 'p50' ? { text: prediction.overloaded ? 'overloaded: waits grow without end' : prediction.verdict || '–', kind: prediction.verdict === 'disagrees' ? 'bad' : '' } : '']);
      }
    }
  }
  if (!rows.length) return;
  section('prediction', 'Prediction beside measurement',
    element('p', {}, 'What queueing theory says one loop makes of these large requests: for ever, and in runs as short as this one. It is told where one loop serves everything and tells its times.'),
    table('Response time of small requests in ms', ['<System', '<Percentile', 'Predicted', '<In runs like this', 'Measured', '<Theory and measurement'], rows));
}

/** Adds numbers by name to those that are there. */
function addCounts(counts, more) {
  for (const [name, many] of Object.entries(more || {})) counts[name] = (counts[name] || 0) + many;
}

function errorsSection(cells) {
  const rows = [];
  const words = [];
  const nameOfCell = (cell) => `${cell.label || cell.endpoint} ${cell.class}`;
  for (const cell of cells) {
    const kinds = {};
    const statuses = {};
    let lost = 0;
    let planned = 0;
    for (const stats of [cell, cell.baseline]) {
      if (!stats) continue;
      addCounts(kinds, stats.errors);
      addCounts(statuses, stats.statuses);
      lost += stats.planned - stats.sent;
      planned += stats.planned;
    }
    if (lost) kinds['never sent'] = lost;
    const told = Object.entries(kinds).map(([kind, many]) => `${count(many)} ${kind}`);
    const byStatus = Object.entries(statuses).map(([status, many]) => `${count(many)} of ${status}`).join(', ');
    if (told.length) rows.push([nameOfCell(cell), count(planned), { text: told.join(', '), kind: 'long' }, byStatus || '–']);
    for (const first of cell.first_errors || []) words.push([nameOfCell(cell), first.kind, first.status || '–', { text: first.words, kind: 'long' }, { text: first.body, kind: 'long' }]);
  }
  const into = section('errors', 'Errors');
  if (!rows.length) {
    into.append(element('p', {}, 'Every planned request was answered well.'));
    return;
  }
  into.append(table('Requests without a good reply; in percentiles they count as slower than every reply', ['<Class', 'Planned', '<Without a good reply', '<By status'], rows));
  if (words.length) into.append(table('The first of each kind', ['<Class', '<Kind', 'Status', '<In words', '<The reply began with'], words));
}

function objectivesSection() {
  if (!source.slo || !source.slo.length) return;
  section('objectives', 'Objectives', table('Objectives that were asked for', ['<Objective', '<Mode', '<Endpoint', '<Class', 'Measured', '<Verdict'],
    source.slo.map((verdict) => [verdict.slo, verdict.mode || '–', verdict.endpoint, verdict.class,
      verdict.value !== null ? ms(verdict.value) : verdict.value_at_least !== undefined ? `≥ ${ms(verdict.value_at_least)}` : '–',
      { text: verdict.passed ? 'met' : verdict.value === null ? 'cannot be told, or not met' : 'not met', kind: verdict.passed ? 'good' : 'bad' }])));
}

function rankingSection() {
  if (!source.ranking) return;
  const criteria = { small_ms: 'Small, ms', large_ms: 'Large, ms', large_mb_per_s: 'Large, MB/s', memory_mb: 'Memory, MB', cpu_large_ms: 'CPU per large, ms', cpu_small_ms: 'CPU per small, ms' };
  const value = (found) => (found ? `${found.at_least ? '≥ ' : ''}${ms(found.value)}${found.rank ? ` (${found.rank})` : ''}` : '–');
  section('ranking', 'Ranking',
    element('p', {}, 'In brackets the rank: one and the number of systems that are shown to be better. Equal ranks are no proof of equality.'),
    table('The systems, the best for small requests first', ['<System', ...Object.values(criteria)],
      source.ranking.systems.map((row) => [`${row.mode} ${row.endpoint}`, ...Object.keys(criteria).map((key) => value(row[key]))])));
}

function serversSection(cells) {
  const seen = new Set();
  const rows = [];
  for (const cell of cells) {
    if (seen.has(cell.subject)) continue;
    seen.add(cell.subject);
    const subject = (source.subjects || []).find((each) => each.subject === cell.subject);
    if (!cell.server && !subject) continue;
    const memory = (subject && subject.memory_peak_bytes) || (cell.server && cell.server.rss_peak_bytes);
    const cpu = subject ? subject.windows.reduce((sum, window) => sum + window.cpu_seconds, 0) : cell.server.cpu_seconds;
    const hold = cell.server && cell.server.loop_hold_ms;
    rows.push([cell.label || cell.endpoint, hold ? ms(hold.p50) : '–', hold ? ms(hold.p99) : '–', hold ? ms(hold.max) : '–', memory ? bytes(memory) : '–', `${ms(cpu)} s`, subject ? subject.processes : '–']);
  }
  if (!rows.length) return;
  section('servers', 'What the servers used', table('Loop hold is how long one callback kept its event-loop thread from everything else, in ms, as the server tells it',
    ['<System', 'Loop hold, median', 'p99', 'longest', 'Memory peak', 'CPU', 'Processes'], rows));
}

/** How the client itself did, cell by cell. */
function auditTable(cells) {
  return table('The client judges itself: how late it sent and read, at p99, in ms', ['<Class', '<On time', 'Send lag', 'Read lag', 'Allowed', 'Machine’s own', 'Busy'],
    cells.map((cell) => [`${cell.label || cell.endpoint} ${cell.class}`, { text: cell.audit.trustworthy ? 'yes' : 'no: not trustworthy', kind: cell.audit.trustworthy ? '' : 'bad' },
      ms(cell.audit.send_lag_p99_ms), ms(cell.audit.read_lag_p99_ms), ms(cell.audit.send_lag_allowed_ms), ms(cell.audit.machine_lag_p99_ms), `${Math.round(100 * (cell.audit.thread_busy_share || 0))} %`]));
}

/** `large`: some requests had large ones beside them. */
function runSection(large, cells) {
  const { machine } = source;
  const entries = [
    ['Command', element('code', {}, source.command || 'not known')],
    ['Begun', source.started],
    ['Machine', `${machine.cpu}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, ${bytes(machine.memory_bytes)} of memory`],
    ['System', `${machine.os}, kernel ${machine.kernel}`],
    ['looplag', source.tool_version],
  ];
  const versions = new Set((cells || []).map((cell) => cell.server && cell.server.version).filter(Boolean));
  if (versions.size) entries.push(['looplagd', [...versions].join(', ')]);
  if (machine.libcurl) entries.push(['libcurl', machine.libcurl]);
  if (machine.lag_p99_ms !== undefined) entries.push(['Machine’s lateness', `${ms(machine.lag_p99_ms)} ms at p99 before the load (of a thread that only slept)`]);
  if (source.client) entries.push(['Client', `${source.client.cpu_percent_of_one_core.toFixed(1)} % of one core`]);
  if (source.duration_s) entries.push(['Duration', `${Number(source.duration_s.toPrecision(4))} s${large ? ' with large requests' : ''}${source.rounds > 1 ? `, in ${source.rounds} rounds` : ''}`]);
  if (source.url) entries.push(['URL', source.url]);
  if (source.trustworthy === false) entries.push(['Trust', element('span', { class: 'bad' }, 'Not trustworthy: the client itself was late or out of ports.')]);
  const into = section('run', 'The run', element('dl', { class: 'run' }, ...entries.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)])));
  if (source.parts) {
    into.append(table('Merged from', ['<File', '<From', '<Until', 'Planned', 'Answered', '<Missing'],
      source.parts.map((part) => [part.file, part.from || '–', part.until || '–', part.planned, part.ok, { text: part.missing || '–', kind: 'long' }])));
  }
  if (cells) into.append(folded('How the client did', auditTable(cells)));
}
