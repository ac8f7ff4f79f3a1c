'use strict';
// strip.js: the strip chart: time runs to the left, response times stand up on a scale from 1 ms to 10 s. A request that
// is still waiting grows. Behind the dots lie the large requests, below them what the server's loops were held by.
//
// Drawn on a canvas by hand: the dots move with each frame, and what waits grows, for which chart libraries would draw
// everything anew as well, with a hundred times the code. What it shows stands beside it as text and tables.

const strip = (() => {
  const SPAN_MS = 30_000;
  const SLOW_MS = 50;
  const TOP_MS = 10_000;
  const LANE = 13;
  const LANES_MOST = 8;
  const GRID = [[1, '1 ms'], [10, '10 ms'], [100, '100 ms'], [1000, '1 s'], [10_000, '10 s']];

  // The palette of the style sheet, read once for light and once for dark.
  let colours = {};
  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['text', 'quiet', 'line', 'raised', 'small', 'waited', 'large', 'hold', 'bad'])
      colours[name] = style.getPropertyValue('--' + name).trim();
  };
  readColours();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readColours);

  const fit = canvas => {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = '12px system-ui, sans-serif';
    return {pen, width, height};
  };

  const drawGrid = ({pen, left, right, top, bottom, x, y, now}) => {
    pen.strokeStyle = colours.line;
    pen.fillStyle = colours.quiet;
    pen.lineWidth = 1;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const [ms, label] of GRID) {
      const at = Math.round(y(ms)) + 0.5;
      pen.beginPath();
      pen.moveTo(left, at);
      pen.lineTo(right, at);
      pen.stroke();
      pen.fillText(label, left - 6, at);
    }
    pen.textBaseline = 'top';
    for (let ago = 0; ago <= SPAN_MS; ago += right - left < 500 ? 10_000 : 5000) {
      pen.textAlign = ago === 0 ? 'right' : ago === SPAN_MS ? 'left' : 'center';
      pen.fillText(ago === 0 ? 'now' : `${ago / 1000} s ago`, x(now - ago), bottom + 4);
    }
  };

  const drawLarge = ({pen, left, right, top, bottom, x, now}, large) => {
    const taken = [-Infinity, -Infinity]; // where the last label of each of two lines ends
    for (const request of large) {
      const from = Math.max(left, x(request.sent));
      const to = Math.min(right, x(request.ended ?? now));
      if (to < left)
        continue;
      pen.globalAlpha = 0.32;
      pen.fillStyle = colours.large;
      pen.fillRect(from, top, Math.max(2, to - from), bottom - top);
      pen.globalAlpha = 1;
      pen.fillStyle = colours.text;
      pen.textBaseline = 'top';
      const label = `${request.megabytes} MB ${request.path}`;
      const room = pen.measureText(label).width;
      pen.textAlign = 'left';
      const begin = Math.max(left, Math.min(from + 3, right - room));
      const line = begin > taken[0] ? 0 : 1;
      taken[line] = begin + room + 4;
      pen.fillText(label, begin, top + 2 + line * 14);
    }
  };

  const drawSmall = ({pen, left, bottom, x, y, now}, small) => {
    for (const request of small) {
      const at = x(request.sent);
      if (at < left)
        continue;
      const took = (request.ended ?? now) - request.sent;
      const slow = took >= SLOW_MS;
      const height = y(took);
      pen.strokeStyle = pen.fillStyle = request.failed ? colours.bad : slow ? colours.waited : colours.small;
      pen.globalAlpha = slow ? 0.75 : 0.35;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(at, bottom);
      pen.lineTo(at, height);
      pen.stroke();
      pen.globalAlpha = 1;
      pen.beginPath();
      if (request.failed) {
        pen.moveTo(at - 4, height - 4);
        pen.lineTo(at + 4, height + 4);
        pen.moveTo(at + 4, height - 4);
        pen.lineTo(at - 4, height + 4);
        pen.stroke();
      } else if (slow) {
        pen.moveTo(at, height - 5);
        pen.lineTo(at + 5, height + 4);
        pen.lineTo(at - 5, height + 4);
        pen.fill();
      } else {
        pen.arc(at, height, 3, 0, 7);
        pen.fill();
      }
    }
  };

  // A lane for each worker; where there are more than fit, one for all.
  const drawLanes = ({pen, left, right, x}, lanes, from) => {
    pen.textBaseline = 'middle';
    lanes.forEach(({name, holds}, number) => {
      const top = from + number * LANE;
      pen.textAlign = 'right';
      pen.fillStyle = colours.quiet;
      pen.fillText(name, left - 6, top + LANE / 2);
      pen.fillStyle = colours.line;
      pen.fillRect(left, top + LANE - 2, right - left, 1);
      pen.fillStyle = colours.hold;
      for (const {ended, ms} of holds) {
        const start = Math.max(left, x(ended - ms));
        const end = Math.min(right, x(ended));
        if (end > left)
          pen.fillRect(start, top + 2, Math.max(2, end - start), LANE - 5);
      }
    });
  };

  const drawMarks = ({pen, left, top, bottom, x}, marks) => {
    pen.strokeStyle = pen.fillStyle = colours.text;
    for (const {at, text} of marks) {
      if (x(at) < left)
        continue;
      pen.setLineDash([4, 4]);
      pen.beginPath();
      pen.moveTo(x(at), top);
      pen.lineTo(x(at), bottom);
      pen.stroke();
      pen.setLineDash([]);
      pen.textAlign = 'left';
      pen.textBaseline = 'top';
      pen.fillText(text, x(at) + 4, top + 18);
    }
  };

  const draw = (canvas, {now, small, large, lanes, marks}) => {
    const {pen, width, height} = fit(canvas);
    const shown = lanes.length > LANES_MOST ? [{name: 'all', holds: lanes.flatMap(lane => lane.holds)}] : lanes;
    const [left, right, top] = [58, width - 4, 4];
    const bottom = height - 24 - shown.length * LANE;
    const x = at => right - (now - at) / SPAN_MS * (right - left);
    const y = ms => bottom - Math.log10(Math.max(1, Math.min(TOP_MS, ms))) / 4 * (bottom - top - 18);
    const area = {pen, left, right, top, bottom, x, y, now};
    drawLarge(area, large);
    drawGrid(area);
    drawMarks(area, marks);
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, right - left + 4, height);
    pen.clip();
    drawSmall(area, small);
    pen.restore();
    drawLanes(area, shown, bottom + 20);
  };

  return {draw, SPAN_MS, SLOW_MS};
})();
