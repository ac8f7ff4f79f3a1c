// Puts the page together.

/** A checkbox for each system; `changed(system)` is called when one is shown or hidden. */
function systemChoice(systems, changed) {
  const boxes = systems.map((system) => {
    const box = element('input', { type: 'checkbox', checked: true });
    box.addEventListener('change', () => {
      system.shown = box.checked;
      changed(system);
    });
    const swatch = drawing('svg', { class: 'swatch', viewBox: '0 0 24 12', 'aria-hidden': 'true' }, drawing('rect', { width: 24, height: 12, rx: 2, fill: `var(--${colourName(system.light[0] || system.heavy[0])})` }));
    return element('label', { class: 'system' }, box, swatch, system.label);
  });
  return element('fieldset', {}, element('legend', {}, 'Show'), ...boxes);
}

function drawCharts(systems) {
  const strips = stripsOf(systems);
  const lines = linesOf(systems);
  const some = strips.some((strip) => strip.rows.length);
  const changes = [];
  const changed = (system) => changes.forEach((change) => change(system));
  const turns = systems.length > 1 ? ' All systems have the same axes. The windows of a system stand one after the other; in truth the systems took turns.' : '';
  const timeline = section('timeline', systems.some(withLarge) ? 'Every small request' : 'Every request',
    element('p', {}, `Each point is a request: across, when it was due; up, how long it took, on a logarithmic axis.${turns}`));
  if (!some) timeline.append(element('p', { class: 'note' }, 'This result was saved by an earlier version, which kept no single requests: there is nothing to draw.'));
  if (drawable && some) {
    if (systems.length > 1) timeline.append(systemChoice(systems, changed));
    timeline.append(timelineKey(systems));
    changes.push(drawTimeline(timeline, strips));
    const thinned = strips.some((strip) => strip.cell.windows.some((window) => window.thinned));
    if (thinned) timeline.append(element('p', { class: 'note' }, 'There are more requests than can be drawn. Of each moment the shortest, the longest and the longest failed are shown: no maximum is left out, and of the large requests none, unless a window has more than 16,384.'));
  }
  timeline.append(folded('The figures of each window', windowTable(strips)));
  if (!lines.length) return;
  const distribution = section('distribution', 'How long, and how often',
    element('p', {}, `The percentile of nines: each step to the right is ten times rarer.${lines.some((line) => line.alone) ? ' Whole lines are with large requests, dashed ones alone.' : ''}`));
  if (drawable) {
    distribution.append(lineKey(lines));
    changes.push(drawDistribution(distribution, lines));
  }
  distribution.append(folded('The figures of the lines', distributionTable(lines)));
}

function resultSections() {
  const { cells } = source;
  const systems = systemsOf(cells);
  drawCharts(systems);
  effectsSection(systems);
  percentileSection(cells);
  stallsSection(systems);
  predictionSection(systems);
  errorsSection(cells);
  objectivesSection();
  rankingSection();
  connectionSection();
  probeSection();
  exhibitSection(systems);
  serversSection(cells);
  runSection(systems.some(withLarge), cells);
}

function writeContents() {
  const entries = [...document.querySelectorAll('main section[id] > h2')].map((heading) =>
    element('li', {}, element('a', { href: `#${heading.parentElement.id}` }, heading.textContent)));
  document.getElementById('contents').append(element('ul', {}, ...entries));
}

/** On paper everything is unfolded and light. */
function paper(on) {
  document.documentElement.classList.toggle('paper', on);
  if (on) for (const each of document.querySelectorAll('details')) each.open = true;
  redrawCharts();
}

function main() {
  const heading = document.getElementById('title');
  if (source.verdict) heading.textContent = 'What the server’s concurrency is, seen from outside';
  if (source.limits) heading.textContent = 'The largest load that is safe';
  if (source.cells && !source.cells.some((cell) => cell.baseline)) heading.textContent = 'How long requests took';
  document.title = `looplag: ${heading.textContent}`;
  document.getElementById('about').textContent = `${source.started.slice(0, 16).replace('T', ' ')} UTC, ${source.machine.cpu}, ${source.machine.cores} cores`;
  if (!drawable) {
    document.getElementById('sections').append(
      element('p', { class: 'note' }, 'This looplag was built without dygraphs (Debian: libjs-dygraphs), so there are no charts here. The tables hold the figures.'),
    );
  }
  if (source.verdict) {
    diagnosisSections();
    runSection(true);
  } else if (source.limits) {
    sweepSections();
    runSection(source.steps.some((step) => hasLarge(Object.values(step.classes))));
  } else {
    resultSections();
  }
  writeContents();
  window.addEventListener('beforeprint', () => paper(true));
  window.addEventListener('afterprint', () => paper(false));
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);
}

main();
