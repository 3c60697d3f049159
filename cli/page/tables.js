/* Tables, and where it all begins. */
function addTables() {
  for (const [title, rows] of page.sections) {
    const table = make('table', {});
    for (const [name, text] of rows) table.append(make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, text)));
    byId('sections').append(make('div', {}, make('h3', {}, title), table));
  }
  for (const [name, value, help] of page.options)
    byId('options').append(make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, value), make('td', {}, help)));
  for (const name in page.seconds) {
    const bar = make('span', { class: 'bar' });
    bar.style.width = 100 * page.seconds[name] / page.seconds.total + '%';
    byId('times').append(make('tr', {}, make('th', { scope: 'row' }, name),
      make('td', { class: 'number' }, page.seconds[name].toFixed(3) + ' s'), make('td', {}, name === 'total' ? '' : bar)));
  }
  /* Lines do not break within options. */
  byId('command').append(...page.repeat.split(/(--[-\w]+)/).map((text, i) => i % 2 ? make('span', {}, text) : text));
  byId('notes').hidden = page.notes.length === 0;
  byId('notes-list').append(...page.notes.map((note) => make('li', {}, note)));
  byId('made').textContent = 'Made by polytome ' + page.version + ' on ' + page.date +
    '. This page needs no other file and no network.';
}

const file = (page.input ?? '').replace(/\/+$/, '').split('/').pop();
document.title = file + ' \u2013 reconstruction';
byId('title').textContent = file;
byId('summary').textContent = times([...shape].reverse()) + ' voxels (x, y, z) of ' +
  times([...spacing].reverse().map((v) => digits(v))) + ' mm, by ' + page.method + ' on ' +
  (page.split ?? [page]).map((device) => device.model).join(' and ') + ', ' + page.date;
addPlanes();
prepareWindow();
addProjections();
addConvergence();
addTables();
document.documentElement.dataset.ready = 'yes';
