/* The planes of the volume: sliders, crosshair, what is under the pointer. */
const pictures = {};
for (const name in page.pictures) pictures[name] = decode(page.pictures[name]);

const shape = page.grid.shape, spacing = page.grid.spacing, offset = page.grid.offset, unit = page.unit;
const names = ['z', 'y', 'x'];
const at = shape.map((n) => Math.floor(n / 2));
const middle = [...at];
const shown = { low: page.window[0], high: page.window[1] };
const planes = [];

const place = (index, axis) => (index - (shape[axis] - 1) / 2) * spacing[axis] + offset[axis];
const pictureOf = (plane, index) =>
  (index === middle[plane.through] && pictures[plane.name]) || pictures.volume || pictures[plane.name];

function describe(plane, where) {
  const whole = names.map((name, axis) => name + ' ' + where[axis]).reverse().join(', ');
  const lengths = where.map((index, axis) => digits(place(index, axis))).reverse().join(', ');
  const value = valueText(pictureOf(plane, where[plane.through]), where, unit);
  return 'voxel ' + whole + ' \u2014 ' + lengths + ' mm \u2014 ' + value;
}

/* A bar of a round length, at most a third of what is `width` mm wide. */
function showScale(bar, width) {
  const power = 10 ** Math.floor(Math.log10(width / 3)), part = width / 3 / power;
  const length = power * (part >= 5 ? 5 : part >= 2 ? 2 : 1);
  bar.style.width = 100 * length / width + '%';
  bar.textContent = digits(length) + ' mm';
}

function addPlane(name, title, across, up) {
  const through = 3 - across - up, width = shape[across] * spacing[across], height = shape[up] * spacing[up];
  const figure = byId('plane').content.cloneNode(true).firstElementChild, find = (what) => figure.querySelector(what);
  const plane = { name, across, up, through, figure, canvas: find('canvas'), stage: find('.stage'), slider: find('input'),
    output: find('output'), note: find('figcaption span'), title };
  figure.style.setProperty('--aspect', width / height);
  find('strong').textContent = title;
  find('em').textContent = names[through];
  find('.axis.across').textContent = names[across];
  find('.axis.up').textContent = names[up];
  showScale(find('.scale'), width);
  plane.slider.max = shape[through] - 1;
  plane.slider.setAttribute('aria-label', title + ' plane: position along ' + names[through]);
  plane.stage.setAttribute('aria-label', title + ' plane: arrow keys move the crosshair');
  find('label').hidden = shape[through] === 1;
  byId('planes').append(figure);
  planes.push(plane);

  const look = {};
  const move = (event) => {
    [at[across], at[up]] = elementAt(event, plane.stage, shape, across, up, look);
    update();
  };
  plane.slider.addEventListener('input', () => {
    at[through] = Number(plane.slider.value);
    update();
  });
  plane.stage.addEventListener('pointerdown', (event) => {
    plane.stage.setPointerCapture(event.pointerId);
    move(event);
  });
  plane.stage.addEventListener('pointermove', (event) => {
    if (event.buttons) return move(event);
    const where = [...at];
    [where[across], where[up]] = elementAt(event, plane.stage, shape, across, up, look);
    byId('readout').textContent = describe(plane, where);
  });
  plane.stage.addEventListener('pointerleave', () => tell());
  plane.stage.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [across, -1], ArrowRight: [across, 1], ArrowDown: [up, -1], ArrowUp: [up, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    at[step[0]] = clamp(at[step[0]] + step[1], 0, shape[step[0]] - 1);
    update();
  });
  find('button').addEventListener('click', (event) => {
    const large = figure.classList.toggle('large');
    event.target.setAttribute('aria-pressed', large);
    update();
  });
  new ResizeObserver(() => draw(plane)).observe(plane.stage);
}

function draw(plane) {
  const index = at[plane.through], p = pictureOf(plane, index);
  p.greys ??= greys(p, shown.low, shown.high);
  paint(plane.canvas, p, plane.across, plane.up, index, p.greys, {});
  plane.figure.querySelector('.cross.up').style.left = 100 * (at[plane.across] + 0.5) / shape[plane.across] + '%';
  plane.figure.querySelector('.cross.across').style.bottom = 100 * (at[plane.up] + 0.5) / shape[plane.up] + '%';
  plane.slider.value = index;
  plane.output.textContent = index + ' of 0\u2013' + (shape[plane.through] - 1);
  const where = names[plane.through] + ' = ' + digits(place(index, plane.through)) + ' mm';
  plane.note.textContent = where + (p.reduced ? ', reduced' : pictures.volume?.reduced ? ', full resolution' : '');
  plane.canvas.setAttribute('aria-label', plane.title + ' slice at ' + where);
}

function tell() {
  byId('readout').textContent = 'crosshair: ' + describe(planes[0], at);
}

let waiting = false;
function update() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    planes.forEach(draw);
    tell();
  });
}

/* Planes that would be lines are left out. */
function addPlanes() {
  const length = shape.map((n, axis) => n * spacing[axis]);
  const worth = (a, b) =>
    Math.min(length[a], length[b]) * 50 >= Math.max(length[a], length[b]) && Math.min(shape[a], shape[b]) > 1;
  addPlane('axial', 'Axial', 2, 1);
  if (worth(2, 0)) addPlane('coronal', 'Coronal', 2, 0);
  if (worth(1, 0)) addPlane('sagittal', 'Sagittal', 1, 0);
  const notes = [], main = pictures.volume ?? pictures.axial;
  const finer = ['axial', 'coronal', 'sagittal'].some((name) => pictures[name]?.reduced) ? 'finer' : 'at full resolution';
  const means = 'means of ' + times([...main.block].reverse()) + ' voxels (x, y, z)';
  if (main.reduced)
    notes.push('To keep this page small, ' + (pictures.volume ? 'slices here are made of ' + means +
      ', but for those in the middle, which are ' + finer : 'this slice is made of ' + means) + '.');
  if (shape[0] > 1 && planes.length === 1) notes.push('Coronal and sagittal planes are too thin to be shown.');
  byId('reduced').textContent = notes.join(' ');
  if (planes.length > 1) return;
  planes[0].figure.append(byId('readout').parentElement); /* which leaves room beside the only plane */
  byId('planes').append(byId('values'));
}
