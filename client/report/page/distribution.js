// How long requests took, on the axis that HdrHistogram's users know: each nine of the percentile is a step.

function nines(percent) {
  return -Math.log10(1 - percent / 100);
}

const NINES = [[0, '0'], [50, '50'], [90, '90'], [99, '99'], [99.9, '99.9'], [99.99, '99.99'], [99.999, '99.999'], [99.9999, '99.9999']];

/** The lines: each class with and without large requests. */
function linesOf(systems) {
  const lines = [];
  for (const system of systems) {
    for (const cell of system.light) {
      if (cell.distribution) lines.push({ system, cell, alone: false, name: nameOf(system, cell) + (cell.baseline ? ', with large' : ''), points: cell.distribution, levels: cell.levels });
      if (cell.distribution_alone) lines.push({ system, cell, alone: true, name: `${nameOf(system, cell)}, alone`, points: cell.distribution_alone, levels: cell.levels_alone });
    }
  }
  return lines;
}

function drawDistribution(into, lines) {
  const rows = new Map();
  let least = Infinity;
  let most = 0;
  lines.forEach((line, index) => {
    for (const [percent, took] of line.points) {
      const key = percent.toFixed(7);
      if (!rows.has(key)) rows.set(key, [nines(percent), ...lines.map(() => null)]);
      rows.get(key)[index + 1] = Math.max(0.001, took);
      least = Math.min(least, took);
      most = Math.max(most, took);
    }
  });
  const sorted = [...rows.values()].sort((a, b) => a[0] - b[0]);
  const end = sorted[sorted.length - 1][0];
  const { place, chart: at } = chartPlace('tall', 'Percentile of all requests', 'response time, each line to the last request that it can tell of',
    `Response time by percentile, a line for each of: ${lines.map((line) => line.name).join('; ')}. The figures are in the table below.`);
  into.append(place);
  const percentOf = (x) => Number((100 * (1 - 10 ** -x)).toPrecision(6));
  const dygraph = chart(at, sorted, () => {
    const series = {};
    lines.forEach((line, index) => {
      series[`line ${index}`] = {
        color: colour(colourName(line.cell)),
        strokeWidth: line.alone ? 1.4 : 2.4,
        strokePattern: line.alone ? [5, 4] : dashOf(line.cell),
      };
    });
    return {
      labels: ['percentile', ...lines.map((_, index) => `line ${index}`)],
      series,
      logscale: true,
      connectSeparatedPoints: true,
      valueRange: rangeOf(least, most),
      visibility: lines.map((line) => line.system.shown),
      axes: {
        x: { ticker: (low, high) => NINES.filter(([percent]) => nines(percent) >= low - 1e-9 && nines(percent) <= high + 1e-9).map(([percent, label]) => ({ v: nines(percent), label: `${label} %` })) },
        y: { ticker: decades, axisLabelWidth: 58 },
      },
      xRangePad: 4,
      highlightCallback: (event, x, points) => {
        const told = points.filter((point) => point.yval).sort((a, b) => b.yval - a.yval);
        showHint(event, [`${percentOf(x)} % of the requests took at most`, ...told.slice(0, 12).map((point) => `${lines[Number(point.name.slice(5))].name}: ${time(point.yval)}`)]);
      },
    };
  });
  into.append(element('div', { class: 'tools', role: 'group', 'aria-label': 'Zoom of the distribution' },
    ...zoomTools([0, end], () => dygraph.xAxisRange(), (range) => dygraph.updateOptions({ dateWindow: range }))));
  return () => dygraph.updateOptions({ visibility: lines.map((line) => line.system.shown) });
}

function lineKey(lines) {
  const entry = (line) => element('li', {}, drawing('svg', { width: 30, height: 10, 'aria-hidden': 'true' },
    drawing('line', {
      x1: 0, x2: 30, y1: 5, y2: 5, stroke: `var(--${colourName(line.cell)})`,
      'stroke-width': line.alone ? 1.6 : 2.6, 'stroke-dasharray': (line.alone ? [5, 4] : dashOf(line.cell) || []).join(' '),
    })), line.name);
  return element('ul', { class: 'key' }, ...lines.map(entry));
}

/** The lines as figures, at the percentiles that are told of them. */
function distributionTable(lines) {
  const keys = Object.keys(lines[0].levels).filter((key) => /^p[\d.]+$/.test(key));
  return table('What so many percent of the requests took at most, in ms', ['<System', ...keys.map((key) => `${key.slice(1)} %`), 'Longest told'],
    lines.map((line) => [line.name, ...keys.map((key) => figure(line.levels, key)), ms(line.points[line.points.length - 1][1])]));
}
