'use strict';
// Okabe and Ito's colours, told apart by colour-blind readers too; the line style tells them apart in grey.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#8c7a00', '#808080'];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2], [1, 2], [6, 2, 1, 2]];
const charts = {};  // what every chart draws, by its id

// Values that an axis cannot show: counted, never moved to its edge. An infinite edge of a band stays, which is open
// there, also where the middle, infinite too, is left out (null).
function shown(curve, logX, logY) {
  let dropped = 0, missing = 0;
  const fits = (x, y) => !(logX && !(x > 0)) && !(logY && !(y > 0));
  const edge = value => !Number.isNaN(value) && value !== -Infinity && !(logY && !(value > 0)) ? value : null;
  const kept = {x: [], y: [], lower: [], upper: []};
  for (let i = 0; i < curve.x.length; ++i) {
    const x = curve.x[i], y = curve.y[i], isThere = Number.isFinite(x) && Number.isFinite(y);
    const isOpen = Number.isFinite(x) && y === Infinity && curve.lower && Number.isFinite(curve.lower[i]);
    if (!isThere) ++missing;
    if (!isThere && !isOpen) continue;
    if (!fits(x, y)) { ++dropped; continue; }
    kept.x.push(x);
    kept.y.push(isThere ? y : null);
    if (curve.lower) {
      kept.lower.push(edge(curve.lower[i]));
      kept.upper.push(edge(curve.upper[i]));
    }
  }
  return {...curve, ...kept, lower: curve.lower && kept.lower, upper: curve.lower && kept.upper, dropped, missing};
}

// The end of the axis, where open bands end: a power of ten, or a little more than the largest value.
function topOf(spec) {
  const finite = spec.curves.flatMap(curve => [curve.y, curve.lower ?? [], curve.upper ?? []].flat())
      .filter(value => value !== null && Number.isFinite(value));
  const top = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  return spec.logY ? 10 ** Math.ceil(Math.log10(top)) : top + 0.05 * Math.abs(top);
}

function notes(curves) {
  const list = curves.filter(c => c.dropped > 0)
      .map(c => `${c.label}: ${c.dropped} not drawn, since 0, negative or at step 0 on a log axis`);
  for (const c of curves)
    if (c.missing > 0) list.push(`${c.label}: ${c.missing} ${c.absent ?? 'missing or not finite'}`);
  const bands = new Set(curves.filter(c => c.lower && c.band).map(c => c.band));
  for (const band of bands) list.push(`band: ${band}`);
  return list;
}

// Draws {id, title, xLabel, yLabel, logX, logY, curves: [{label, x, y, lower, upper, band, dash, law}],
// verticals: [{x, label}]}.
function drawChart(host, spec) {
  const curves = spec.curves.map(curve => shown(curve, spec.logX, spec.logY)).filter(curve => curve.x.length > 0);
  charts[spec.id] = {...spec, curves};
  const body = make('div', {role: 'img', 'aria-label': `${spec.title}: ${curves.map(c => c.label).join(', ')}`});
  const caption = make('figcaption', {}, spec.title);
  for (const note of notes(spec.curves.map(curve => shown(curve, spec.logX, spec.logY))))
    caption.append(make('div', {class: 'note'}, note));
  host.replaceChildren(make('figure', {id: spec.id}, body, caption));
  if (curves.length === 0) body.append(make('p', {class: 'note'}, 'nothing to draw'));
  else if (typeof uPlot === 'undefined') body.append(svgChart({...spec, curves}, host.clientWidth || 700));
  else interactiveChart(body, {...spec, curves}, host.clientWidth || 700);
}

// The border style nearest to a line's dashes, for its sign in the legend.
function borderOf(dash) { return !dash?.length ? 'solid' : dash[0] < 4 ? 'dotted' : 'dashed'; }

// A fitted law is black or white, so that it is seen upon its data.
function colourOf(curve, i) { return curve.law ? ink('--ink') : COLOURS[(curve.colour ?? i) % COLOURS.length]; }

function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function interactiveChart(body, spec, width) {
  const series = [{label: spec.xLabel}], bands = [], tables = [], top = topOf(spec);
  const ended = edges => edges.map(value => value === Infinity ? top : value);
  spec.curves.forEach((curve, i) => {
    const colour = colourOf(curve, i), dash = curve.dash ?? DASHES[i % DASHES.length];
    const columns = [curve.x, curve.y];
    series.push({label: curve.label, stroke: colour, width: 2, dash, spanGaps: true,
                 points: {show: curve.marks === true || curve.x.length < 2, size: 5}});
    if (curve.lower) {
      columns.push(ended(curve.upper), ended(curve.lower));
      for (const edge of ['upper', 'lower'])
        series.push({class: 'edge', label: `${curve.label}, ${edge}`, stroke: colour, width: 0.5, spanGaps: true,
                     points: {show: false}});
      bands.push({series: [series.length - 2, series.length - 1], fill: colour + '33'});
    }
    tables.push(columns);
  });
  // On a log axis the powers of ten alone are named, within a decade 2 and 5 too; else as many digits as tell two ticks
  // apart.
  const mantissa = value => Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9) * 1e6) / 1e6;
  const named = log => (plot, splits, axis, space, step) => {
    const within = log && splits.filter(value => value !== null && mantissa(value) === 1).length < 2;
    const digits = Math.min(15, Math.max(1, 1 - Math.floor(Math.log10(step))));
    return splits.map(value => {
      if (value === null) return null;
      if (log) return mantissa(value) === 1 || (within && [2, 5].includes(mantissa(value))) ? number(value) : null;
      return step > 1e-6 && Math.abs(value) < 1e6 ? String(Number(value.toFixed(digits))) : number(value);
    });
  };
  const axis = (label, log) => ({label, stroke: ink('--ink'), grid: {stroke: ink('--line'), width: 0.5},
                                 ticks: {stroke: ink('--line')}, values: named(log)});
  const range = log => log ? {distr: 3, time: false} : {time: false};
  const isOpen = spec.curves.some(curve => curve.upper?.includes(Infinity));
  const toTop = isOpen && !spec.logY ? {range: (_, low) => [low, top]} : {};
  const stages = plot => {
    for (const {x, label} of spec.verticals ?? []) {
      if (spec.logX && !(x > 0)) continue;
      const at = plot.valToPos(x, 'x', true), {top, height} = plot.bbox;
      plot.ctx.save();
      plot.ctx.strokeStyle = plot.ctx.fillStyle = ink('--soft');
      plot.ctx.lineWidth = devicePixelRatio;
      plot.ctx.setLineDash([4, 4]);
      plot.ctx.font = `${Math.round(12 * devicePixelRatio)}px system-ui, sans-serif`;
      plot.ctx.beginPath();
      plot.ctx.moveTo(at, top);
      plot.ctx.lineTo(at, top + height);
      plot.ctx.stroke();
      plot.ctx.textAlign = 'left';
      plot.ctx.fillText(label, at + 4 * devicePixelRatio, top + 14 * devicePixelRatio);
      plot.ctx.restore();
    }
  };
  const plot = new uPlot({
    width, height: Math.max(260, Math.min(420, width * 0.5)), series, bands,
    scales: {x: range(spec.logX), y: {...range(spec.logY), ...toTop}},
    axes: [axis(spec.xLabel, spec.logX), {...axis(spec.yLabel, spec.logY), size: 80}],
    legend: {markers: {width: 2, dash: (_, i) => borderOf(series[i].dash)}}, hooks: {draw: [stages]},
  }, uPlot.join(tables), body);
  charts[spec.id].plot = plot;
  new ResizeObserver(() => {
    const now = body.clientWidth;
    if (now > 0 && Math.abs(now - plot.width) > 2) plot.setSize({width: now, height: plot.height});
  }).observe(body);
}

// The same without the library: not interactive.
function svgChart(spec, width) {
  const height = 320, left = 70, right = 10, top = 10, bottom = 45, svg = 'http://www.w3.org/2000/svg';
  const all = key => spec.curves.flatMap(curve => curve[key] ?? []).filter(Number.isFinite);
  const scale = (values, log, from, to) => {
    const f = log ? Math.log10 : value => value;
    let low = Math.min(...values.map(f)), high = Math.max(...values.map(f));
    if (low === high) { low -= 1; high += 1; }
    const place = value => from + (f(value) - low) / (high - low) * (to - from);
    const ticks = Array.from({length: 5}, (_, i) => low + i * (high - low) / 4).map(t => log ? 10 ** t : t);
    return {place, ticks};
  };
  const x = scale(all('x'), spec.logX, left, width - right);
  const y = scale([...all('y'), ...all('lower'), ...all('upper')], spec.logY, height - bottom, top);
  const root = document.createElementNS(svg, 'svg');
  root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.setAttribute('width', '100%');
  const add = (tag, attributes, text) => {
    const element = document.createElementNS(svg, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    root.append(element);
  };
  const write = (text, attributes) => add('text', {fill: ink('--ink'), 'font-size': 12, ...attributes}, text);
  for (const tick of x.ticks) write(number(tick), {x: x.place(tick), y: height - bottom + 16, 'text-anchor': 'middle'});
  for (const tick of y.ticks) write(number(tick), {x: left - 6, y: y.place(tick) + 4, 'text-anchor': 'end'});
  write(spec.xLabel, {x: (left + width) / 2, y: height - 8, 'text-anchor': 'middle'});
  write(spec.yLabel, {x: 12, y: height / 2, 'text-anchor': 'middle', transform: `rotate(-90 12 ${height / 2})`});
  for (const {x: at} of spec.verticals ?? []) {
    if (!(spec.logX && !(at > 0)))
      add('line', {x1: x.place(at), x2: x.place(at), y1: top, y2: height - bottom, stroke: ink('--soft'),
                   'stroke-dasharray': 4});
  }
  spec.curves.forEach((curve, i) => {
    const colour = colourOf(curve, i);
    const heightOf = value => value === Infinity ? top : y.place(value);
    const point = (key, k) => `${x.place(curve.x[k]).toFixed(1)},${heightOf(curve[key][k]).toFixed(1)}`;
    if (curve.lower) {
      const both = curve.x.map((_, k) => k).filter(k => curve.lower[k] !== null && curve.upper[k] !== null);
      const edges = [...both.map(k => point('upper', k)), ...both.reverse().map(k => point('lower', k))];
      add('polygon', {points: edges.join(' '), fill: colour, 'fill-opacity': 0.2});
    }
    add('polyline', {points: curve.x.flatMap((_, k) => curve.y[k] === null ? [] : [point('y', k)]).join(' '),
                     fill: 'none', stroke: colour, 'stroke-width': 2,
                     'stroke-dasharray': (curve.dash ?? DASHES[i % DASHES.length]).join(' ')});
    write(curve.label, {x: left + 10, y: top + 14 * (i + 1), fill: colour});
  });
  return root;
}
