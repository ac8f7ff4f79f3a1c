// The curves of a sweep and of a diagnosis: what small requests took as the load grew.

/** Lines through points: rows are [x, y of each series]. `marks` are levels that are drawn across. */
function drawCurves(into, title, side, description, names, rows, options) {
  const { place, chart: at } = chartPlace('middle', title, side, description);
  let least = Infinity;
  let most = 0;
  for (const row of rows) {
    for (const value of row.slice(1)) {
      if (value === null) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (least > most) return; // there is nothing to draw
  for (const mark of options.marks || []) {
    least = Math.min(least, mark.limit_ms);
    most = Math.max(most, mark.limit_ms);
  }
  into.append(place);
  chart(at, rows, () => ({
    labels: ['x', ...names.map((_, index) => `line ${index}`)],
    colors: names.map((_, index) => colour(`s${index % SERIES_COLOURS}`)),
    logscale: options.log,
    valueRange: options.log ? rangeOf(least, most) : [0, Math.max(1, most * 1.1)],
    connectSeparatedPoints: true,
    drawPoints: true,
    pointSize: 4,
    strokeWidth: 2,
    xRangePad: 14,
    axes: {
      x: { drawGrid: false, ticker: () => options.ticks },
      y: options.log ? { ticker: decades, axisLabelWidth: 58 } : { axisLabelFormatter: (v) => `${v} %`, axisLabelWidth: 58 },
    },
    underlayCallback: (context, area, dygraph) => {
      for (const mark of options.marks || []) {
        const y = dygraph.toDomYCoord(mark.limit_ms);
        context.strokeStyle = colour('bad');
        context.setLineDash([6, 4]);
        context.beginPath();
        context.moveTo(area.x, y);
        context.lineTo(area.x + area.w, y);
        context.stroke();
        context.setLineDash([]);
        context.fillStyle = colour('bad');
        context.font = '12px sans-serif';
        context.fillText(mark.objective, area.x + 6, y - 5);
      }
    },
    highlightCallback: (event, x, points) => {
      const tick = options.ticks.find((each) => Math.abs(each.v - x) < 1e-9);
      const write = options.log ? time : (value) => `${Math.round(value)} %`;
      showHint(event, [`${options.unit}${tick ? tick.text : x}`,
        ...points.filter((point) => point.yval !== null && !Number.isNaN(point.yval)).map((point) => `${names[Number(point.name.slice(5))]}: ${write(point.yval)}`)]);
    },
  }));
  into.append(element('ul', { class: 'key' }, ...names.map((name, index) => element('li', {},
    drawing('svg', { width: 24, height: 10, 'aria-hidden': 'true' }, drawing('line', { x1: 0, x2: 24, y1: 5, y2: 5, stroke: `var(--s${index % SERIES_COLOURS})`, 'stroke-width': 2.4 }),
      drawing('circle', { cx: 12, cy: 5, r: 4, fill: `var(--s${index % SERIES_COLOURS})` })), name))));
}

function figureOf(figures, key) {
  if (!figures) return null;
  const value = figures[key];
  return value === null || value === undefined ? (figures[`${key}_at_least`] || null) : value;
}

/** The classes that a sweep is about: those that are not large, or all where all are, and those that a threshold names. */
function judgedClasses() {
  const names = source.steps.length ? Object.keys(source.steps[0].classes) : [];
  const light = names.filter((name) => !source.steps.some((step) => step.classes[name].heavy));
  const unnamed = light.length ? light : names;
  return names.map((name) => ({ name, thresholds: source.thresholds.filter((each) => (each.class ? each.class === name : unnamed.includes(name))) }))
    .filter(({ name, thresholds }) => thresholds.length || unnamed.includes(name));
}

/** What is drawn of a class: the percentile of its first threshold, or the rarest that there were samples enough for. */
function sweepCurve({ name, thresholds: [threshold] }, values, systems) {
  const keys = [threshold ? `p${threshold.percent}` : 'p99', 'p95', 'p90', 'p50'];
  const key = keys.find((each) => source.steps.some((step) => figureOf(step.classes[name].response_ms, each) !== null)) || keys[0];
  const rows = values.map(([text, x]) => [x, ...systems.map((system) => {
    const step = source.steps.find((each) => each.value === text && `${each.mode} ${each.endpoint}` === system);
    return step ? figureOf(step.classes[name].response_ms, key) : null;
  })]);
  const some = rows.some((row) => row.slice(1).some((value) => value !== null));
  return { name, key, rows, marks: some && threshold && threshold.limit_ms > 0 && key === keys[0] ? [threshold] : [] };
}

function sweepSections() {
  const varied = `${source.vary.class}.${source.vary.key}`;
  const systems = [...new Set(source.steps.map((step) => `${step.mode} ${step.endpoint}`))];
  const judged = judgedClasses();
  const values = [...new Map(source.steps.map((step) => [step.value, step.amount > 0 ? Math.log10(step.amount) : step.amount])).entries()].sort((a, b) => a[1] - b[1]);
  const curves = drawable ? judged.map((each) => sweepCurve(each, values, systems)) : [];
  const dashed = curves.some((curve) => curve.marks.length) ? ' A dashed line is the objective.' : '';
  const into = section('curves', 'How it grows with the load', element('p', {}, `What requests took at each ${varied}.${dashed} Where a time is only known to be at least something (≥), it is drawn there.`));
  for (const { name, key, rows, marks } of curves) {
    drawCurves(into, `${key} of ${name}`, `by ${varied}`, `${key} response time of class ${name} by ${varied}, for ${systems.join(', ')}. The figures are in the table below.`,
      systems, rows, { log: true, ticks: values.map(([text, x]) => ({ v: x, label: axisLabel(text), text })), unit: `${varied} = `, marks });
  }
  const figures = judged.flatMap(({ name }) => [`${name} median`, `${name} p99`]);
  into.append(table('Each value that was measured; times in ms', ['<System', `<${varied}`, ...figures, '<Objective', '<Why'],
    source.steps.map((step) => [
      `${step.mode} ${step.endpoint}`, step.value,
      ...judged.flatMap(({ name }) => [figure(step.classes[name].response_ms, 'p50'), figure(step.classes[name].response_ms, 'p99')]),
      { text: step.outcome, kind: { kept: 'good', 'not kept': 'bad' }[step.outcome] }, { text: step.reason || '–', kind: 'long' },
    ])));
  section('limits', 'The largest that is safe', table(`The largest ${varied} with which ${source.objectives.join(', ')} is kept`, ['<System', '<Kept up to', '<Not kept from', '<In words'],
    source.limits.map((limit) => [`${limit.mode} ${limit.endpoint}`, limit.kept || '–', limit.next || '–', { text: limit.sentence, kind: 'long' }])));
}

function diagnosisSections() {
  const steps = source.steps;
  const into = section('curves', 'With more and more large requests', element('p', {}, 'Small requests beside none, one, two and more large ones in flight. One loop makes all that meet one wait; workers make a part of them wait; threads make them slower, together.'));
  const share = (part, whole) => (whole ? (100 * part) / whole : null);
  const ticks = steps.map((step) => ({ v: step.large, label: String(step.large), text: String(step.large) }));
  const rows = [...steps].sort((a, b) => a.large - b.large);
  if (drawable && steps.length) {
    drawCurves(into, 'Service time', 'by large requests in flight', 'Median and p99 of small requests and median of large ones, by how many large ones were in flight. The figures are in the table below.',
      ['small, median', 'small, p99', 'large, median'],
      rows.map((step) => [step.large, ...['p50', 'p99'].map((key) => figureOf(step.small_requests.service_ms, key)), step.large_requests.service_ms]),
      { log: true, ticks, unit: 'large in flight: ' });
    drawCurves(into, 'Of the small requests that met large ones', 'by large requests in flight', 'Shares of the small requests that met large ones at work and were stuck behind them or slowed. The figures are in the table below.',
      ['stuck until its end', 'slowed'],
      rows.map((step) => [step.large, share(step.stuck, step.met), share(step.slowed, step.met)]),
      { log: false, ticks, unit: 'large in flight: ' });
  }
  into.append(table('Each step; times in ms', ['Large in flight', 'Small sent', 'Small median', 'Small p99', 'Large', 'Met', 'Stuck', 'Slowed', 'Failed'],
    steps.map((step) => [
      step.large, step.small_requests.sent, figure(step.small_requests.service_ms, 'p50'), figure(step.small_requests.service_ms, 'p99'), ms(step.large_requests.service_ms),
      step.met, step.met ? `${Math.round(share(step.stuck, step.met))} %` : '–', step.met ? `${Math.round(share(step.slowed, step.met))} %` : '–', step.small_requests.failed + step.large_requests.failed || '–',
    ])));
  section('verdict', 'What it may be', table('How probable each pattern is after what was counted', ['<Behaves like', 'Probability'],
    Object.entries(source.verdict.probability).sort((a, b) => b[1] - a[1]).map(([kind, probability]) => [kind.replace(/_/g, ' '), `${Math.round(100 * probability)} %`])),
    element('p', {}, source.verdict.advice));
}
