'use strict';
// A value in [low, high] as a shade of blue; the number stands in the cell, so that the shade is not needed to read it.
function shade(value, low, high) {
  const share = high > low ? (value - low) / (high - low) : 0;
  return Number.isFinite(share) ? `background: rgba(0, 114, 178, ${(0.55 * Math.max(0, share)).toFixed(3)})` : '';
}

function matrixSection(data) {
  const some = data.runs.flatMap((run, i) => Object.keys(run.matrices).map(name => ({run, i, name})));
  if (some.length === 0) return null;
  const select = make('select', {id: 'matrix-select'}, some.map(({run, name}, i) =>
      make('option', {value: i}, `${run.label}: ${name}`)));
  const slider = make('input', {type: 'range', id: 'matrix-step', min: 0, step: 1});
  const output = make('output', {for: 'matrix-step'}), host = make('div');
  const draw = () => {
    const {run, name} = some[Number(select.value)], matrix = run.matrices[name], [rows, columns] = matrix.shape;
    const steps = unpack(matrix.steps), values = unpack(matrix.values);
    slider.max = steps.length - 1;
    const at = Math.min(Number(slider.value), steps.length - 1);
    output.textContent = `step ${steps[at]}`;
    const finite = values.filter(Number.isFinite), low = Math.min(...finite), high = Math.max(...finite);
    const entry = (r, c) => values[(at * rows + r) * columns + c];
    host.replaceChildren(make('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `${name} as a table`},
        make('table', {class: 'cells', id: 'matrix'},
            make('caption', {}, `${name} of ${run.label}, ${matrix.rows} by ${matrix.columns}; ${steps.length} of ` +
                 `${matrix.of_records} records${run.seeds.length ? ', the first seed' : ''}`),
            make('thead', {}, make('tr', {}, make('td', {}, ''), Array.from({length: columns}, (_, c) =>
                make('th', {scope: 'col'}, `${matrix.columns} ${c}`)))),
            make('tbody', {}, Array.from({length: rows}, (_, r) => make('tr', {},
                make('th', {scope: 'row'}, `${matrix.rows} ${r}`), Array.from({length: columns}, (_, c) =>
                    make('td', {style: shade(entry(r, c), low, high)}, number(entry(r, c))))))))));
  };
  select.addEventListener('change', () => { slider.value = slider.max; draw(); });
  slider.addEventListener('input', draw);
  draw();
  slider.value = slider.max;
  draw();
  const few = `Of the first ${data.detail_runs} runs only, so that the page stays small.`;
  return [data.detail_runs < data.runs.length ? make('p', {class: 'note'}, few) : null,
          make('div', {class: 'tools'}, make('label', {for: 'matrix-select'}, 'run and table'), select),
          make('div', {class: 'tools'}, make('label', {for: 'matrix-step'}, 'over training'), slider, output), host];
}

// {"a": {"b": 1}, "c": [2]} -> {"a.b": "1", "c": "[2]"}
function flat(value, path = '', into = {}) {
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    for (const [key, inner] of Object.entries(value)) flat(inner, path ? `${path}.${key}` : key, into);
  else if (Array.isArray(value) && value.some(entry => entry !== null && typeof entry === 'object'))
    value.forEach((inner, i) => flat(inner, `${path}.${i}`, into));
  else into[path] = JSON.stringify(value);
  return into;
}

const MOST_COLUMNS = 12;
const ALWAYS = ['numerical_notes'];  // shown where they are alike in all runs too

function compareTable(caption, rows, runs) {
  const keys = [...new Set(rows.flatMap(row => Object.keys(row)))];
  const differs = keys.map(key => new Set(rows.map(row => row[key])).size > 1);
  const order = keys.map((_, i) => i).sort((a, b) => differs[b] - differs[a] || a - b);
  const body = make('div'), view = {all: rows.length === 1};
  const draw = () => {
    const kept = order.filter(i => view.all || differs[i] || ALWAYS.includes(keys[i]));
    const lines = kept.map(i => [keys[i], ...rows.map(row => row[keys[i]] ?? '–')]);
    const mark = k => differs[kept[k]] ? {class: 'differs'} : {};
    body.replaceChildren(lines.length === 0 ? make('p', {}, 'nothing differs')
        : table(caption, ['key', ...runs.map(run => run.label)], lines, mark));
  };
  draw();
  return [make('div', {class: 'tools'}, toggle('all keys', view.all, on => { view.all = on; draw(); })), body];
}

function sideBySide(data, caption, rowOf) {
  if (data.runs.length === 0) return null;
  const runs = data.runs.slice(0, MOST_COLUMNS);
  const few = `The first ${runs.length} of ${data.runs.length} runs.`;
  return [runs.length < data.runs.length ? make('p', {class: 'note'}, few) : null,
          compareTable(caption, runs.map(rowOf), runs)];
}

function configuration(data) {
  return sideBySide(data, 'Settings; what differs between runs is marked and stands first',
                    run => flat(run.settings ?? {}));
}

function provenance(data) {
  return sideBySide(data, 'How each file was made', run => flat({...run.provenance, file: run.file}));
}
