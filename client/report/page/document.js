// The document that the page draws (docs/result.schema.json, sweep.schema.json, diagnosis.schema.json, without
// histograms), and how its numbers are written.

const source = JSON.parse(document.getElementById('document').textContent);

/** Milliseconds with three digits. */
function ms(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 100) return String(Math.round(value));
  return value >= 0.01 ? value.toPrecision(3) : String(Number(value.toFixed(4)));
}

/** Milliseconds with their unit, as axes and hints have it. */
function time(value) {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(3))} s`;
  if (value >= 1) return `${Number(value.toPrecision(3))} ms`;
  return `${Number((value * 1000).toPrecision(3))} µs`;
}

/** A member of response_ms and its kin: known, at least something, or not told. */
function figure(figures, key) {
  if (!figures) return '–';
  if (figures[key] !== null && figures[key] !== undefined) return ms(figures[key]);
  const least = figures[`${key}_at_least`];
  return least === undefined ? '–' : `≥ ${ms(least)}`;
}

function count(value) {
  return value.toLocaleString('en').replace(/,/g, ' ');
}

function bytes(value) {
  const units = [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']];
  for (const [size, name] of units) {
    if (value >= size) return `${Number((value / size).toPrecision(3))} ${name}`;
  }
  return `${value} bytes`;
}

/** A factor without needless digits. */
function factor(value) {
  if (value >= 10) return String(Math.round(value));
  return value >= 0.1 ? value.toFixed(1) : String(Number(value.toPrecision(1)));
}

/** What a ratio shows: its words, and whether its interval lies beyond 1. */
function effect(values, intervals, least, key) {
  const value = values && values[key];
  const interval = intervals && intervals[key];
  if (least && least[key] !== undefined) return { words: `× ${factor(least[key])} or more`, value: least[key], shown: true };
  if (value === null || value === undefined) return { words: 'cannot be told' };
  if (!interval) return { words: `× ${factor(value)}, no interval`, value };
  const range = `${factor(interval[0])} to ${factor(interval[1])}`;
  const shown = interval[0] > 1 || interval[1] < 1;
  return { words: shown ? `× ${factor(value)} (${range})` : `no change shown (${range})`, value, interval, shown };
}

/** Whether some classes are large and others are not: only there are requests "with large ones". */
function hasLarge(classes) {
  return classes.some((each) => each.heavy) && !classes.every((each) => each.heavy);
}

/** Whether what a system's light classes took is told as "with large". */
function withLarge(system) {
  return system.heavy.length > 0;
}

/**
 * The measured systems, each with its cells; `light` are those that are not large, or all where all are. These are
 * numbered: each has a colour of its own.
 */
function systemsOf(cells) {
  const systems = new Map();
  const large = hasLarge(cells);
  for (const cell of cells) {
    if (!systems.has(cell.subject)) systems.set(cell.subject, { light: [], heavy: [], shown: true });
    const system = systems.get(cell.subject);
    (cell.heavy && large ? system.heavy : system.light).push(cell);
  }
  let numbered = 0;
  for (const system of systems.values()) {
    for (const cell of system.light) cell.number = numbered++;
    const cell = system.light[0] || system.heavy[0];
    system.label = cell.label || `${cell.mode || ''} ${cell.endpoint}`.trim();
    system.several = system.light.length > 1;
  }
  return [...systems.values()];
}

/** What a cell is called where its system has several classes beside each other. */
function nameOf(system, cell) {
  return system.several ? `${cell.label || cell.endpoint} ${cell.class}` : system.label;
}
