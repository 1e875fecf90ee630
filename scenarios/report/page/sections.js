'use strict';
// Sections of the page, in order: {id, title, make(data) -> elements, or null where there is nothing of it}.
const SECTIONS = [
  {id: 'verdicts', title: 'Verdicts', make: verdicts},
  {id: 'curves', title: 'Loss', make: lossSection},
  {id: 'steps-to-eps', title: 'Steps to eps', make: stepsSection},
  {id: 'conflict', title: 'Gradient conflict', make: data => familySection(data, 'conflict',
      /^conflict_.*_min_cosine$/, false)},
  {id: 'curvature', title: 'Curvature', make: data => familySection(data, 'curvature',
      /^(hessian_min|hessian_max|curvature_over_loss|stable_rank)$/, true)},
  {id: 'attention', title: 'Attention', make: data => familySection(data, 'attention',
      /^(attention_mass: .*|attention_entropy|entropy)$/, false)},
  {id: 'routing', title: 'Routing and specialisation', make: matrixSection},
  {id: 'every-curve', title: 'Every curve', make: everyCurve},
  {id: 'configuration', title: 'Configuration', make: configuration},
  {id: 'provenance', title: 'Provenance', make: provenance},
];
const chosen = new Set();  // numbers of the runs that are drawn
const redraws = [];

function runsChosen(data) { return data.runs.filter((_, i) => chosen.has(i)); }
function redraw() { for (const one of redraws) one(); }

function verdicts(data) {
  if (data.claims.length === 0) return null;
  const unexpected = data.claims.filter(claim => claim.verdict !== claim.expected).length;
  const opening = i => () => { document.getElementById(`claim-${i}`).open = true; };
  const rows = data.claims.map((claim, i) => [
    make('a', {href: `#claim-${i}`, onclick: opening(i)}, `${claim.id} ${claim.setting}`),
    make('span', {class: claim.verdict}, claim.verdict), claim.expected ?? '–', claim.evidence_level ?? '–',
    claim.reason ?? '']);
  return [
    make('p', {}, `${data.claims.length - unexpected} of ${data.claims.length} verdicts as expected`),
    table('Claims, marked where a verdict is not the expected one; the name opens its evidence',
          ['claim', 'verdict', 'expected', 'evidence level', 'why'], rows,
          i => data.claims[i].verdict !== data.claims[i].expected ? {class: 'unexpected'} : {}),
    make('h3', {}, 'Evidence'), data.claims.map(evidence)];
}

function quantities(caption, list) {
  return table(caption,
      ['quantity', 'predicted', 'measured', 'tolerance', 'must be', 'decides', 'reason of the tolerance'],
      (list ?? []).map(q => [q.what, number(q.predicted), number(q.measured), number(q.tolerance),
                             (q.criterion ?? '').replace('_', ' '), q.judged ? 'yes' : 'no', q.reason ?? '']));
}

function evidence(claim, i) {
  const controls = kind => (claim[`${kind}_controls`] ?? []).map(control => [
    make('p', {}, `${kind} control, ${control.what}: `, make('span', {class: control.verdict}, control.verdict)),
    quantities(`Quantities of the ${kind} control`, control.quantities)]);
  return make('details', {id: `claim-${i}`},
      make('summary', {}, `${claim.id} ${claim.setting}: `, make('span', {class: claim.verdict}, claim.verdict)),
      make('p', {}, claim.statement ?? ''), make('p', {class: 'note'}, claim.source ?? ''),
      make('ul', {}, (claim.assumptions ?? []).map(text => make('li', {}, text))),
      quantities('Quantities', claim.quantities), controls('negative'), controls('positive'),
      make('p', {class: 'note'}, `seeds ${(claim.seeds ?? []).join(', ')}; settings ${claim.settings_hash ?? '–'}`));
}

function runPicker(data) {
  const boxes = data.runs.map((run, i) => {
    const box = make('input', {type: 'checkbox', id: `run-${i}`, checked: chosen.has(i)});
    box.addEventListener('change', () => { chosen[box.checked ? 'add' : 'delete'](i); redraw(); });
    const seeds = run.seeds.length ? ` (${run.seeds.length} seeds)` : '';
    return make('label', {for: `run-${i}`}, box, ` ${run.label}${seeds}`);
  });
  const all = on => () => {
    data.runs.forEach((_, i) => chosen[on ? 'add' : 'delete'](i));
    for (const box of document.querySelectorAll('.runs input')) box.checked = on;
    redraw();
  };
  return [make('div', {class: 'tools'}, make('button', {type: 'button', onclick: all(true)}, 'all runs'),
               make('button', {type: 'button', onclick: all(false)}, 'none')),
          make('div', {class: 'runs', role: 'group', 'aria-label': 'Runs that are drawn'}, boxes)];
}

// Curves of one variable of the chosen runs.
function curvesOf(data, name) {
  return data.runs.flatMap((run, i) => {
    const curve = run.curves[name];
    if (!chosen.has(i) || !curve) return [];
    return [{label: run.label, colour: i, dash: DASHES[i % DASHES.length], x: unpack(run.step), y: unpack(curve.median),
             lower: curve.lower && unpack(curve.lower), upper: curve.upper && unpack(curve.upper), band: curve.band}];
  });
}

// Where a stage of some chosen run begins; of several that begin at one step the first run's name for it.
function stagesOf(data) {
  const starts = new Map();
  for (const run of runsChosen(data))
    for (const {first, name} of run.stages.slice(1))
      if (!starts.has(first)) starts.set(first, name);
  return [...starts].map(([x, label]) => ({x, label}));
}

// The name on an axis: with its unit where it has one.
function axisName(data, name) {
  const unit = data.runs.find(run => run.curves[name])?.curves[name].units;
  return unit && unit !== '1' ? `${name}, ${unit}` : name;
}

function lossSection(data) {
  if (data.runs.length === 0) return null;
  const view = {logX: true, logY: true};
  const hosts = ['prediction_loss', 'loss'].filter(name => data.runs.some(run => run.curves[name]))
      .map(name => ({name, host: make('div')}));
  redraws.push(() => {
    for (const {name, host} of hosts) {
      const curves = curvesOf(data, name);
      data.runs.forEach((run, i) => {
        if (chosen.has(i) && run.law_curve && run.fitted.metric === name)
          curves.push({label: `${run.label}${run.seeds.length ? `, seed ${run.seeds[0]}` : ''}, fitted ${run.law.law}`,
                       law: true, dash: [2, 3], x: unpack(run.law_curve.step), y: unpack(run.law_curve.value),
                       lower: unpack(run.law_curve.lower), upper: unpack(run.law_curve.upper),
                       band: `95 % interval of the ${run.law.law === 'power' ? 'exponent' : 'rate'} of ${run.label}`});
      });
      drawChart(host, {id: `chart-${name}`, title: `${name} over steps`, xLabel: 'step', yLabel: axisName(data, name),
                       ...view, curves, verticals: stagesOf(data)});
    }
  });
  const windowOf = law => law?.window && law.law !== 'inconclusive' ? law.window.map(number).join(' to ') : '–';
  const laws = data.runs.map(run => [run.label, run.fitted.metric, run.fitted.part, run.law_text ?? '–',
                                     windowOf(run.law)]);
  return [
    runPicker(data),
    make('div', {class: 'tools'},
         toggle('log steps', true, on => { view.logX = on; redraw(); }),
         toggle('log loss', true, on => { view.logY = on; redraw(); })),
    hosts.map(one => one.host),
    table('Fitted laws of the last stage, 95 % intervals; of several seeds, the first',
          ['run', 'curve', 'part', 'law', 'window, steps'], laws)];
}

function stepsSection(data) {
  if (!data.runs.some(run => run.steps_to_eps)) return null;
  const host = make('div'), view = {logX: true, logY: true};
  const inverse = packed => unpack(packed).map(eps => 1 / eps);
  const curvesOfRun = (run, i) => {
    const steps = run.steps_to_eps, law = run.steps_law_curve;
    if (!chosen.has(i) || !steps) return [];
    const points = {label: run.label, colour: i, marks: true, dash: DASHES[i % DASHES.length],
                    absent: `levels not reached${run.seeds.length > 1 ? ' by half of the seeds' : ''}`,
                    x: inverse(steps.eps), y: unpack(steps.median), lower: steps.lower && unpack(steps.lower),
                    upper: steps.upper && unpack(steps.upper), band: steps.band};
    return !law ? [points] : [points, {
      label: `${run.label}, fitted ${lawOfSteps(run.steps_law)}`, law: true, dash: [2, 3], x: inverse(law.eps),
      y: unpack(law.value), lower: unpack(law.lower), upper: unpack(law.upper),
      band: `95 % interval of ${run.steps_law.law === 'log' ? 'b' : 'p'} of ${run.label}`}];
  };
  redraws.push(() => drawChart(host, {
    id: 'chart-steps-to-eps', title: 'T(eps): first step with prediction_loss <= eps', xLabel: '1/eps',
    yLabel: 'T(eps), steps', ...view, curves: data.runs.flatMap(curvesOfRun)}));
  return [make('div', {class: 'tools'}, toggle('log T(eps)', true, on => { view.logY = on; redraw(); })), host,
          table('Law of T(eps) from the start, 95 % intervals; of several seeds, of their medians', ['run', 'law'],
                data.runs.map(run => [run.label, run.steps_law_text ?? '–']))];
}

function lawOfSteps(law) {
  const eps = law.floor > 0 ? '(eps - floor)' : 'eps';
  return law.law === 'log' ? `log law, T = a + ${number(law.b)} ln(1/${eps})`
      : `power law, T + t0 = a ${eps}^-${number(law.p)}`;
}

function namesOf(data) { return [...new Set(data.runs.flatMap(run => Object.keys(run.curves)))].sort(); }

function familySection(data, id, pattern, logY) {
  const names = namesOf(data).filter(name => pattern.test(name));
  if (names.length === 0) return null;
  const hosts = names.map(name => ({name, host: make('div')}));
  const view = {logX: true, logY};
  redraws.push(() => {
    for (const {name, host} of hosts) {
      const one = data.runs.find(run => run.curves[name]).curves[name];
      drawChart(host, {id: `chart-${name.replace(/\W+/g, '-')}`, title: `${name}: ${one.description}`, xLabel: 'step',
                       yLabel: axisName(data, name), ...view,
                       curves: curvesOf(data, name), verticals: stagesOf(data)});
    }
  });
  return [make('div', {class: 'tools'}, toggle('log steps', true, on => { view.logX = on; redraw(); }),
               toggle('log values', logY, on => { view.logY = on; redraw(); })), hosts.map(one => one.host)];
}

function everyCurve(data) {
  const names = namesOf(data);
  if (names.length === 0) return null;
  const select = make('select', {id: 'curve-select'}, names.map(name => make('option', {value: name}, name)));
  const host = make('div'), view = {logX: true, logY: false};
  const draw = () => {
    const one = data.runs.find(run => run.curves[select.value]).curves[select.value];
    drawChart(host, {id: 'chart-every-curve', title: `${select.value}: ${one.description}`, xLabel: 'step',
                     yLabel: axisName(data, select.value),
                     ...view, curves: curvesOf(data, select.value), verticals: stagesOf(data)});
  };
  select.addEventListener('change', draw);
  redraws.push(draw);
  return [make('div', {class: 'tools'}, make('label', {for: 'curve-select'}, 'curve'), select,
               toggle('log steps', true, on => { view.logX = on; draw(); }),
               toggle('log values', false, on => { view.logY = on; draw(); })), host];
}
