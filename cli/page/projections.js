/* Sinogram and projection, and curves. */
/* Two sliders for what is black and what is white; the other one gives way. */
function addWindow(figure, title, p, change) {
  figure.append(byId('window').content.cloneNode(true));
  const ends = ['black', 'white'].map((name) => figure.querySelector('.' + name)), least = (p.high - p.low) / 1000;
  const values = [...p.window];
  const show = () => ends.forEach((end, i) => {
    end.querySelector('input').value = values[i];
    end.querySelector('output').textContent = digits(values[i]);
  });
  ends.forEach((end, i) => {
    const slider = end.querySelector('input');
    Object.assign(slider, { min: p.low, max: p.high, step: least });
    slider.setAttribute('aria-label', title + ': what is ' + ['black', 'white'][i]);
    slider.addEventListener('input', () => {
      values[i] = Number(slider.value);
      values[1 - i] = i === 0 ? Math.max(values[1], values[0] + least) : Math.min(values[0], values[1] - least);
      show();
      change(...values);
    });
  });
  show();
}

function addPicture(p, title, note, across, up, aspect, look, words) {
  const canvas = make('canvas', { role: 'img', 'aria-label': title + ', ' + note });
  const stage = make('div', { class: 'stage' }, canvas);
  const reduced = p.reduced ? '; means of ' + times([p.block[across], p.block[up]]) : '';
  const caption = make('figcaption', {}, make('strong', {}, title), make('span', {}, note + reduced));
  const figure = make('figure', {}, caption, stage);
  figure.style.setProperty('--aspect', aspect);
  byId('data').append(figure);
  let palette = greys(p, ...p.window);
  const draw = () => paint(canvas, p, across, up, 0, palette, look);
  addWindow(figure, title, p, (low, high) => {
    palette = greys(p, low, high);
    draw();
  });
  new ResizeObserver(draw).observe(stage);
  stage.addEventListener('pointermove', (event) => {
    const where = [0, 0, 0];
    [where[across], where[up]] = elementAt(event, stage, p.whole, across, up, look);
    byId('data-readout').textContent = title + ': ' + words[0] + ' ' + where[across] + ', ' + words[1] + ' ' + where[up] +
      ' \u2014 ' + valueText(p, where, '');
  });
  stage.addEventListener('pointerleave', () => { byId('data-readout').textContent = ''; });
}

function addProjections() {
  const detector = page.detector, sinogram = pictures.sinogram, projection = pictures.projection;
  addPicture(sinogram, 'Sinogram', 'row ' + detector.row + ' of the file; view 0 on top', 2, 0, 4 / 3, { down: true },
    ['column', 'view']);
  const rows = projection.shape[1];
  if (rows >= 8) {
    const square = detector.pixel.includes(0); /* where nobody knows */
    const pixel = square ? 1 : detector.pixel[0] / detector.pixel[1];
    const aspect = clamp(projection.whole[2] * pixel / projection.whole[1], 0.2, 40);
    const note = 'view ' + detector.view + ' of the file' + (detector.circular ? ', as the source sees it' : '');
    addPicture(projection, 'Projection', note, 2, 1, aspect,
      { down: detector.flipped[1], mirrored: detector.flipped[0] }, ['column', 'row']);
    return;
  }
  const columns = projection.shape[2], start = Math.floor(rows / 2) * columns;
  const values = Array.from(projection.codes.subarray(start, start + columns), (code, i) =>
    [i * projection.block[2], projection.low + (projection.high - projection.low) * code / projection.most]);
  byId('data').append(make('figure', {}, make('figcaption', {}, make('strong', {}, 'Projection'),
    make('span', {}, 'view ' + detector.view + ', row ' + detector.row + ' of the file')),
    plot(values, 'column', 'line integral', false)));
}
