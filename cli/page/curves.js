/* Curves, with axes. */
/* Round numbers from low to high. */
function ticks(low, high, count) {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1), list = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    list.push(Number((i * step).toPrecision(12)));
  return list;
}

/* Powers of ten, and their multiples where there are few of them. */
function logTicks(low, high) {
  const list = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    for (const factor of high / low > 1000 ? [1] : high / low > 20 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7])
      if (factor * 10 ** power >= low && factor * 10 ** power <= high) list.push(factor * 10 ** power);
  return list.length > 1 ? list : ticks(low, high, 4);
}

function plot(points, across, up, log) {
  const width = 640, height = 360, left = 74, right = 12, top = 24, bottom = 44;
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const range = (list) => list.reduce((ends, v) => [Math.min(ends[0], v), Math.max(ends[1], v)], [Infinity, -Infinity]);
  const [x0, x1] = range(xs);
  let [y0, y1] = range(ys);
  if (!(y1 > y0)) [y0, y1] = log ? [y0 / 2, y1 * 2] : [y0 - 1, y1 + 1];
  const scale = (v) => log ? Math.log(v) : v;
  const x = (v) => left + (width - left - right) * (x1 > x0 ? (v - x0) / (x1 - x0) : 0.5);
  const y = (v) => height - bottom - (height - top - bottom) * (scale(v) - scale(y0)) / (scale(y1) - scale(y0));
  const svg = make('svg', { class: 'plot', viewBox: '0 0 ' + width + ' ' + height, role: 'img',
    'aria-label': up + ' by ' + across + ', from ' + digits(ys[0]) + ' to ' + digits(ys[ys.length - 1]) });
  for (const v of log ? logTicks(y0, y1) : ticks(y0, y1, 5))
    svg.append(make('line', { x1: left, x2: width - right, y1: y(v), y2: y(v) }),
      make('text', { x: left - 8, y: y(v) + 4, 'text-anchor': 'end' }, digits(v)));
  for (const v of ticks(x0, x1, 6))
    if (across !== 'iteration' || Number.isInteger(v))
      svg.append(make('line', { x1: x(v), x2: x(v), y1: top, y2: height - bottom }),
        make('text', { x: x(v), y: height - bottom + 18, 'text-anchor': 'middle' }, digits(v, 6)));
  svg.append(make('text', { x: (left + width - right) / 2, y: height - 6, 'text-anchor': 'middle' }, across),
    make('text', { x: 8, y: 14 }, up),
    make('path', { d: points.map((p, i) => (i ? 'L' : 'M') + x(p[0]).toFixed(1) + ' ' + y(p[1]).toFixed(1)).join('') }));
  return svg;
}

function addConvergence() {
  if (!page.residuals) return;
  byId('convergence').hidden = false;
  const points = page.residuals.filter((p) => p[1] > 0);
  const last = page.residual === null ? 'no iteration was made' :
    'it is ' + digits(page.residual) + ' after iteration ' + page.iterations;
  byId('stopped').textContent = 'The residual is |A x \u2212 y| / |y|; ' + last +
    (page.stopped ? ', where it ended: ' + page.stopped : '') + '.';
  if (points.length > 1) byId('residual-plot').append(plot(points, 'iteration', 'residual', true));
}
