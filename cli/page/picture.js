/* Pictures: arrays of integers, decoded and painted. */
/* Axes are those of arrays: z, y, x. A picture is of `whole` elements, in blocks of which the means were taken. */
function decode(picture) {
  const text = atob(picture.data), bytes = picture.bits / 8;
  const codes = new (bytes === 2 ? Uint16Array : Uint8Array)(text.length / bytes);
  for (let i = 0; i < codes.length; i++)
    codes[i] = bytes === 2 ? text.charCodeAt(2 * i) | text.charCodeAt(2 * i + 1) << 8 : text.charCodeAt(i);
  const shape = picture.whole.map((n, i) => Math.ceil(n / picture.block[i]));
  const strides = [shape[1] * shape[2], shape[2], 1];
  return { ...picture, codes, shape, strides, most: 2 ** picture.bits - 1, reduced: picture.block.some((b) => b > 1) };
}

/* Where the block of an element begins. A picture of one plane of the volume has no other along its axis. */
function blockAt(p, i, axis) {
  return p.shape[axis] === 1 ? 0 : Math.floor(i / p.block[axis]) * p.strides[axis];
}

function codeAt(p, at) {
  return p.codes[at.reduce((sum, i, axis) => sum + blockAt(p, i, axis), 0)];
}

/* Codes at the ends stand for what is beyond them too. */
function valueText(p, at, unit) {
  const code = codeAt(p, at), value = p.low + (p.high - p.low) * code / p.most;
  const sign = code === 0 && p.clipped[0] ? '\u2264 ' : code === p.most && p.clipped[1] ? '\u2265 ' : '';
  const mean = p.reduced ? ' (mean of ' + times([...p.block].reverse()) + ')' : '';
  return sign + digits(value, 5) + (unit ? ' ' + unit : '') + mean;
}

/* What grey each code is, as four bytes. */
function greys(p, low, high) {
  const bytes = new Uint8Array(4 * (p.most + 1));
  for (let code = 0; code <= p.most; code++) {
    const value = p.low + (p.high - p.low) * code / p.most;
    const grey = Math.round(255 * clamp((value - low) / (high - low), 0, 1));
    bytes.set([grey, grey, grey, 255], 4 * code);
  }
  return new Uint32Array(bytes.buffer);
}

/* A plane of a picture, `across` and `up` axes, through element `index` of the third; `look` may turn it over. */
function paint(canvas, p, across, up, index, palette, look) {
  const through = 3 - across - up, width = p.shape[across], height = p.shape[up];
  const start = blockAt(p, index, through);
  const sketch = make('canvas', { width, height }), brush = sketch.getContext('2d');
  const data = brush.createImageData(width, height), pixels = new Uint32Array(data.data.buffer);
  for (let j = 0; j < height; j++) {
    const line = (look.down ? j : height - 1 - j) * width, from = start + j * p.strides[up];
    for (let i = 0; i < width; i++)
      pixels[line + (look.mirrored ? width - 1 - i : i)] = palette[p.codes[from + i * p.strides[across]]];
  }
  brush.putImageData(data, 0, 0);

  const box = canvas.getBoundingClientRect(), scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(box.width * scale));
  canvas.height = Math.max(1, Math.round(box.height * scale));
  /* The last block may reach over the edge. */
  const w = canvas.width * width * p.block[across] / p.whole[across];
  const h = canvas.height * height * p.block[up] / p.whole[up];
  const pen = canvas.getContext('2d');
  pen.imageSmoothingEnabled = w < width || h < height;
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(sketch, look.mirrored ? canvas.width - w : 0, look.down ? 0 : canvas.height - h, w, h);
}

/* Where a pointer is, in elements of the axes. */
function elementAt(event, stage, whole, across, up, look) {
  const box = stage.getBoundingClientRect();
  let x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
  if (look.mirrored) x = 1 - x;
  if (!look.down) y = 1 - y;
  return [clamp(Math.floor(x * whole[across]), 0, whole[across] - 1), clamp(Math.floor(y * whole[up]), 0, whole[up] - 1)];
}
