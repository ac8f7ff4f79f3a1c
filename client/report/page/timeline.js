// The time line: every small request of a system as a point, the large ones in flight as bands behind them. A system's
// windows stand one after the other, so that all systems share one axis although they were measured in turns.

/** Where a window begins on the axis, in seconds. Windows of the large classes stand at those of the others. */
function placeWindows(windows) {
  let at = 0;
  return [...windows].sort((a, b) => a.start_s - b.start_s).map((window) => {
    const placed = { window, from: at, to: at + window.duration_s };
    at = placed.to;
    return placed;
  });
}

/** Calls `take(seconds from the window's start, ms, failed)` for each request of a window. */
function eachPoint(window, take) {
  let at = 0;
  for (let i = 0; i < window.points.length; i += 2) {
    at += window.points[i];
    const took = window.points[i + 1];
    take(at / 1e6, Math.max(0.001, (took < 0 ? -took - 1 : took) / 1000), took < 0);
  }
}

/** A row for dygraphs: time, alone, with large ones, failed. */
function pointRows(placed) {
  const rows = [];
  for (const { window, from } of placed) {
    eachPoint(window, (at, took, failed) => {
      rows.push([from + at, !failed && window.alone ? took : null, !failed && !window.alone ? took : null, failed ? took : null]);
    });
  }
  return rows;
}

/** When large requests were in flight, on the axis: from, to, what each took in all, and in which window. */
function bandsOf(system, placed) {
  const bands = [];
  for (const cell of system.heavy) {
    for (const window of cell.windows) {
      const place = placed.find((each) => each.window.round === window.round && !each.window.alone);
      if (!place) continue;
      eachPoint(window, (at, took, failed) => {
        const from = Math.max(place.from, place.from + at);
        const to = Math.min(place.to, place.from + at + took / 1000);
        if (to > from) bands.push({ from, to, took, place });
      });
    }
  }
  return bands.sort((a, b) => a.from - b.from);
}

/** The strips that are drawn: one for each class of a system that is not large. */
function stripsOf(systems) {
  const strips = [];
  for (const system of systems) {
    for (const cell of system.light) {
      const placed = placeWindows(cell.windows);
      const rows = pointRows(placed);
      if (placed.length) strips.push({ system, cell, placed, rows, bands: bandsOf(system, placed), name: nameOf(system, cell) });
    }
  }
  return strips;
}

/** Draws points as small squares: a hundred thousand arcs would take a second. */
function plotSquares(size) {
  return (e) => {
    const context = e.drawingContext;
    context.fillStyle = e.color;
    for (const point of e.points) {
      if (point.canvasy >= 0) context.fillRect(point.canvasx - size / 2, point.canvasy - size / 2, size, size);
    }
  };
}

function plotCrosses(e) {
  const context = e.drawingContext;
  context.strokeStyle = e.color;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const { canvasx: x, canvasy } of e.points) {
    if (Number.isNaN(canvasy)) continue;
    const y = Math.min(canvasy, e.plotArea.y + e.plotArea.h - 5); // a short wait that failed stays in sight
    context.moveTo(x - 4, y - 4);
    context.lineTo(x + 4, y + 4);
    context.moveTo(x + 4, y - 4);
    context.lineTo(x - 4, y + 4);
  }
  context.stroke();
}

/** Behind the points: windows without large requests in grey, large requests in flight. */
function drawBehind(strip) {
  return (context, area, dygraph) => {
    const x = (seconds) => Math.min(Math.max(dygraph.toDomXCoord(seconds), area.x), area.x + area.w);
    context.font = '11px sans-serif';
    context.textBaseline = 'top';
    for (const { window, from, to } of strip.placed) {
      if (!window.alone) continue;
      const width = x(to) - x(from);
      context.fillStyle = colour('shade');
      context.fillRect(x(from), area.y, width, area.h);
      context.fillStyle = colour('quiet');
      if (width > 40) context.fillText('alone', x(from) + 5, area.y + 4);
    }
    for (const band of strip.bands) {
      const from = x(band.from);
      const width = Math.max(1, x(band.to) - from);
      if (x(band.to) <= area.x || from >= area.x + area.w) continue;
      context.fillStyle = colour('band');
      context.fillRect(from, area.y, width, area.h);
      context.fillStyle = colour('band-edge');
      context.fillRect(from, area.y, 1, area.h);
    }
  };
}

function hintOf(strip, seconds, took, failed) {
  const place = strip.placed.find((each) => seconds < each.to) || strip.placed[strip.placed.length - 1];
  const beside = place.window.alone ? ', alone' : withLarge(strip.system) ? ', with large ones' : '';
  const lines = [
    `${strip.name}${beside}, round ${place.window.round + 1}`,
    `due at ${seconds.toFixed(3)} s, ${failed ? 'failed after' : 'took'} ${time(took)}`,
  ];
  const met = strip.bands.filter((band) => band.place === place && band.from < seconds + took / 1000 && band.to > seconds);
  if (met.length) lines.push(`met ${met.length === 1 ? 'a large one' : `${met.length} large ones`}, in flight for ${met.map((band) => time(band.took)).slice(0, 3).join(', ')}`);
  return lines;
}

/** The response times of a cell, alone (where that was measured) and with large requests. */
function setsOf(cell) {
  return [cell.baseline, cell].filter((stats) => stats).map((stats) => stats.response_ms);
}

/** The rarest percentile that can be told of these strips, so that one is held against another. */
function rarestOf(strips) {
  const sets = strips.flatMap((strip) => setsOf(strip.cell));
  return ['p99.9', 'p99', 'p95', 'p90'].find((each) => sets.every((figures) => figure(figures, each) !== '–')) || 'p50';
}

/** A percentile, alone and with large requests, in one line. */
function sideOf(cell, key) {
  return `${key} ${setsOf(cell).map((figures) => figure(figures, key)).join(' → ')} ms, longest ${ms(cell.response_ms.max)} ms`;
}

/** How many large requests a system had beside a window: "planned" of them, or "ok". Points may be thinned out, these are not. */
function largeIn(system, window, key) {
  const meets = (each) => !each.alone && !window.alone && each.round === window.round;
  return system.heavy.flatMap((cell) => cell.windows.filter(meets)).reduce((sum, each) => sum + each[key], 0);
}

/** What the strip shows, in words. */
function describeStrip(strip) {
  const figures = strip.cell.response_ms;
  const baseline = strip.cell.baseline;
  const alone = baseline ? ` Alone: median ${figure(baseline.response_ms, 'p50')} ms, p99 ${figure(baseline.response_ms, 'p99')} ms.` : '';
  const large = strip.placed.reduce((sum, { window }) => sum + largeIn(strip.system, window, 'ok'), 0);
  const some = withLarge(strip.system);
  return `Time line of ${strip.name}: ${count(strip.cell.ok)} requests of class ${strip.cell.class}${some ? `, ${count(large)} large requests beside them` : ''}.${alone} ` +
    `${some ? 'With large ones: median' : 'Median'} ${figure(figures, 'p50')} ms, p99 ${figure(figures, 'p99')} ms, longest ${ms(figures.max)} ms. The figures of each window are in the table below.`;
}

function windowTable(strips) {
  const rows = [];
  for (const strip of strips) {
    for (const { window, from } of strip.placed) {
      const large = !window.alone && withLarge(strip.system);
      rows.push([
        strip.name, window.round + 1, window.alone ? 'alone' : large ? 'with large' : '–', from.toFixed(2), window.planned, large ? largeIn(strip.system, window, 'planned') : '–',
        figure(window.response_ms, 'p50'), figure(window.response_ms, 'p99'), ms(window.response_ms.max), window.censored || '–',
      ]);
    }
  }
  return table(
    'Each window of each system; times in ms',
    ['<System', 'Round', '<Window', 'From s', 'Requests', 'Large', 'Median', 'p99', 'Longest', 'No good reply'],
    rows, { quiet: (row) => row[2] === 'alone' },
  );
}

function timelineKey(systems) {
  const sample = (...shapes) => drawing('svg', { width: 26, height: 14, 'aria-hidden': 'true' }, ...shapes);
  const dots = (fill) => [[4, 9], [11, 5], [18, 10], [23, 4]].map(([x, y]) => drawing('rect', { x, y, width: 3, height: 3, fill }));
  const entry = (picture, words) => element('li', {}, picture, words);
  const large = systems.some(withLarge);
  return element(
    'ul', { class: 'key' },
    entry(sample(...dots('var(--s0)')), large ? 'a request beside large ones, in its system’s colour' : 'a request'),
    systems.some((system) => system.light.some((cell) => cell.baseline)) ? entry(sample(...dots('var(--alone)')), 'alone') : '',
    entry(sample(drawing('path', { d: 'M9 3l8 8M17 3l-8 8', stroke: 'var(--bad)', 'stroke-width': 2 })), 'no good reply'),
    large ? entry(sample(drawing('rect', { x: 2, y: 0, width: 22, height: 14, fill: 'var(--band)' }), drawing('rect', { x: 2, y: 0, width: 1.5, height: 14, fill: 'var(--band-edge)' })), 'a large request in flight') : '',
  );
}

/** Draws the strips below each other. Returns how to show or hide them. */
function drawTimeline(into, strips) {
  let least = Infinity;
  let most = 0;
  let end = 0;
  for (const strip of strips) {
    for (const row of strip.rows) {
      least = Math.min(least, row[1] || row[2] || Infinity);
      most = Math.max(most, row[1] || row[2] || row[3]);
    }
    end = Math.max(end, strip.placed[strip.placed.length - 1].to);
  }
  least = Math.min(least, most);
  const whole = [0, end];
  let range = whole;
  let busy = false;
  const show = (wanted) => {
    if (busy) return;
    busy = true;
    range = [Math.max(whole[0], wanted[0]), Math.min(whole[1], wanted[1])];
    for (const strip of strips) strip.dygraph.updateOptions({ dateWindow: range, valueRange: rangeOf(least, most) });
    busy = false;
  };
  const worst = () => {
    let found = null;
    for (const strip of strips) {
      if (!strip.system.shown) continue;
      for (const row of strip.rows) {
        const took = row[1] || row[2] || row[3] || 0;
        if (!found || took > found.took) found = { at: row[0], took };
      }
    }
    if (!found) return;
    const half = Math.max(end / 40, (found.took / 1000) * 1.5);
    show([found.at - half, found.at + half * 1.5]);
  };
  into.append(element('div', { class: 'tools', role: 'group', 'aria-label': 'Zoom of all time lines' },
    ...zoomTools(whole, () => range, show), button('Worst stall', 'Zoom to the longest request', worst)));
  for (const strip of strips) {
    const key = rarestOf(strips.filter((other) => other.cell.class === strip.cell.class));
    const { place, chart: at } = chartPlace('strip', strip.name, sideOf(strip.cell, key), describeStrip(strip));
    into.append(place);
    strip.place = place;
    strip.dygraph = chart(at, strip.rows.length ? strip.rows : [[0, null, null, null]], () => ({
      labels: ['s', 'alone', 'with', 'failed'],
      logscale: true,
      valueRange: rangeOf(least, most),
      dateWindow: range,
      strokeWidth: 0,
      series: {
        alone: { color: colour('alone'), plotter: plotSquares(2) },
        with: { color: colour(colourName(strip.cell)), plotter: plotSquares(2.6) },
        failed: { color: colour('bad'), plotter: plotCrosses },
      },
      axes: {
        x: { drawGrid: false, axisLabelFormatter: (v) => `${Number(v.toFixed(3))} s` },
        y: { ticker: decades, axisLabelWidth: 58 },
      },
      highlightSeriesOpts: { strokeWidth: 0 },
      underlayCallback: drawBehind(strip),
      highlightCallback: (event, x, points, row, name) => {
        const point = points.find((each) => each.name === name && each.yval);
        if (point) showHint(event, hintOf(strip, point.xval, point.yval, name === 'failed'));
      },
      zoomCallback: (low, high) => show([low, high]),
    }));
  }
  return (system) => {
    for (const strip of strips) {
      if (strip.system !== system) continue;
      strip.place.hidden = !system.shown;
      if (system.shown) strip.dygraph.resize();
    }
  };
}
