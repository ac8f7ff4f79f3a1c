// What all charts have in common: colours of the theme, axes, the hint at the pointer, zoom by mouse and keyboard.
// Without dygraphs in the page (it was not there when looplag was built) there are none, and the tables stand alone.

const drawable = typeof Dygraph !== 'undefined';
const SERIES_COLOURS = 8;
const DASHES = [null, [2, 2], [8, 2, 2, 2]];
const charts = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The name of a series' colour: of a cell, by its number. */
function colourName(cell) {
  return `s${cell.number % SERIES_COLOURS}`;
}

/** Those beyond the eighth have the colours again, and other dashes. */
function dashOf(cell) {
  return DASHES[Math.floor(cell.number / SERIES_COLOURS) % DASHES.length];
}

/** Ticks at 1, 10, 100 of a logarithmic axis; in between where there are few of them. */
function decades(low, high) {
  const ticks = [];
  const few = Math.log10(high / low) < 2.5;
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of few ? [1, 2, 5] : [1]) {
      const v = digit * 10 ** power;
      if (v >= low * 0.999 && v <= high * 1.001) ticks.push({ v, label: time(v) });
    }
  }
  return ticks;
}

/** The range of a logarithmic axis that holds all values, in whole steps. */
function rangeOf(least, most) {
  const low = 0.8 * 10 ** (Math.floor(Math.log10(Math.max(least, 0.001)) * 2) / 2);
  const high = 1.15 * 10 ** (Math.ceil(Math.log10(Math.max(most, least * 1.01, 0.002)) * 4 + 0.2) / 4);
  return [low, high];
}

// The hint.

const hint = document.getElementById('hint');

function showHint(event, lines) {
  hint.replaceChildren(...lines.map((line) => element('p', {}, line)));
  hint.hidden = false;
  const box = hint.getBoundingClientRect();
  const left = event.clientX + 16 + box.width > window.innerWidth ? event.clientX - 16 - box.width : event.clientX + 16;
  hint.style.left = `${Math.max(4, left)}px`;
  hint.style.top = `${Math.max(4, Math.min(event.clientY + 14, window.innerHeight - box.height - 4))}px`;
}

function hideHint() {
  hint.hidden = true;
}

/** Dragging zooms, a double click shows all again. Touches scroll the page: the buttons zoom there. */
function mouseOnly() {
  const standard = Dygraph.defaultInteractionModel;
  return { mousedown: standard.mousedown, dblclick: standard.dblclick };
}

// Its legend measures with a style attribute, which the page's policy refuses. The keys here are the page's own.
if (drawable) Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

/** Makes a chart; `options` are dygraphs', as a function of the theme's colours. */
function chart(place, rows, options) {
  const all = () => ({
    interactionModel: mouseOnly(),
    axisLineColor: colour('quiet'),
    gridLineColor: colour('line'),
    gridLineWidth: 0.6,
    axisLabelFontSize: 12,
    axisLineWidth: 0.6,
    highlightCircleSize: 4,
    highlightSeriesBackgroundAlpha: 1,
    animatedZooms: false,
    unhighlightCallback: hideHint,
    ...options(),
  });
  const made = new Dygraph(place, rows, all());
  charts.push({ made, all });
  return made;
}

/** The colours changed, or the width. */
function redrawCharts() {
  for (const { made, all } of charts) {
    made.updateOptions(all());
    made.resize();
  }
}

/** dygraphs takes the labels of axes for markup. */
function axisLabel(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

/** Buttons that move a range of x which several charts share. */
function zoomTools(whole, current, show) {
  const zoom = (by) => {
    const [low, high] = current();
    const middle = (low + high) / 2;
    const half = Math.min(((high - low) / 2) * by, (whole[1] - whole[0]) / 2);
    const centre = Math.min(Math.max(middle, whole[0] + half), whole[1] - half);
    show([centre - half, centre + half]);
  };
  const move = (by) => {
    const [low, high] = current();
    const step = Math.max(whole[0] - low, Math.min(whole[1] - high, (high - low) * by));
    show([low + step, high + step]);
  };
  return [
    button('+', 'Zoom in', () => zoom(0.5)),
    button('−', 'Zoom out', () => zoom(2)),
    button('◀', 'Earlier', () => move(-0.5)),
    button('▶', 'Later', () => move(0.5)),
    button('Show all', 'Show all of it', () => show(whole)),
  ];
}
