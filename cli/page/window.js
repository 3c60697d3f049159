/* The histogram, and what is black and what is white. */
const histogram = page.histogram;

function drawHistogram() {
  const svg = byId('histogram'), counts = histogram.counts, log = byId('log').checked;
  const height = (n) => log ? Math.log1p(n) : n;
  /* The background's peak would hide all else: the highest is cut off where it is far above the next. */
  const sorted = counts.map(height).sort((a, b) => b - a), top = Math.min(sorted[0], 1.5 * (sorted[2] || sorted[0])) || 1;
  let path = 'M0 100';
  counts.forEach((n, i) => { path += 'V' + (100 - Math.min(100, 96 * height(n) / top)).toFixed(2) + 'H' + (i + 1); });
  const x = (value) => clamp((value - histogram.from) / (histogram.to - histogram.from), 0, 1) * counts.length;
  const low = x(shown.low), high = x(shown.high);
  svg.setAttribute('viewBox', '0 0 ' + counts.length + ' 100');
  svg.replaceChildren(make('path', { d: path + 'V100Z' }),
    make('rect', { x: 0, y: 0, width: low, height: 100 }),
    make('rect', { x: high, y: 0, width: counts.length - high, height: 100 }),
    make('line', { x1: low, x2: low, y1: 0, y2: 100 }), make('line', { x1: high, x2: high, y1: 0, y2: 100 }));
  svg.setAttribute('aria-label', 'Histogram of ' + page.statistics.count + ' values from ' + digits(histogram.from) +
    ' to ' + digits(histogram.to) + '; the window is from ' + digits(shown.low) + ' to ' + digits(shown.high));
}

function setWindow(low, high) {
  if (!(high > low)) return;
  shown.low = low;
  shown.high = high;
  for (const name of ['volume', 'axial', 'coronal', 'sagittal']) if (pictures[name]) pictures[name].greys = null;
  for (const end of ['low', 'high']) {
    if (document.activeElement !== byId(end)) byId(end).value = Number(shown[end].toPrecision(5));
    byId(end + '-slider').value = shown[end];
  }
  drawHistogram();
  update();
}

/* The other end gives way. */
function setEnd(end, value) {
  const least = (histogram.to - histogram.from) / 1000;
  if (end === 'low') setWindow(value, Math.max(shown.high, value + least));
  else setWindow(Math.min(shown.low, value - least), value);
}

function prepareWindow() {
  for (const end of ['low', 'high']) {
    const slider = byId(end + '-slider');
    slider.min = histogram.from;
    slider.max = histogram.to;
    slider.step = (histogram.to - histogram.from) / 1000;
    slider.addEventListener('input', () => setEnd(end, Number(slider.value)));
    byId(end).addEventListener('change', () => {
      if (Number.isFinite(byId(end).valueAsNumber)) setEnd(end, byId(end).valueAsNumber);
    });
    byId(end).addEventListener('blur', () => setWindow(shown.low, shown.high));
  }
  const statistics = page.statistics, percentiles = statistics.percentiles;
  byId('reset').addEventListener('click', () => setWindow(...page.window));
  byId('percentiles').addEventListener('click', () => setWindow(percentiles[1], percentiles[2]));
  byId('everything').addEventListener('click', () => setWindow(statistics.least, statistics.greatest));
  byId('log').addEventListener('change', drawHistogram);
  let end = null;
  const drag = (event) => {
    const box = byId('histogram').getBoundingClientRect();
    const value = histogram.from + (histogram.to - histogram.from) * clamp((event.clientX - box.left) / box.width, 0, 1);
    end ??= Math.abs(value - shown.low) < Math.abs(value - shown.high) ? 'low' : 'high';
    setEnd(end, value);
  };
  byId('histogram').addEventListener('pointerdown', (event) => {
    end = null;
    byId('histogram').setPointerCapture(event.pointerId);
    drag(event);
  });
  byId('histogram').addEventListener('pointermove', (event) => event.buttons && drag(event));
  byId('from').textContent = digits(histogram.from);
  byId('to').textContent = digits(histogram.to);
  byId('unit').textContent = unit;
  const outside = histogram.below + histogram.above;
  byId('statistics').textContent = 'From ' + digits(statistics.least) + ' to ' + digits(statistics.greatest) + ', mean ' +
    digits(statistics.mean) + ', standard deviation ' + digits(statistics.deviation) + '; 1\u00a0% are below ' +
    digits(percentiles[1]) + ', 99\u00a0% below ' + digits(percentiles[2]) + '.' +
    (outside ? ' ' + outside + ' values are outside this histogram.' : '');
  setWindow(...page.window);
}
