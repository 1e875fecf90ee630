// The report page in a real browser: what it draws against what the files hold, its controls, its accessibility.
// Arguments: browser.mjs.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {accessible, check, faults, finish, looked_at, opened as opened_page, program} from './browser.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'lemmata_report_'));
const lemmata = (...words) => execFileSync(program, words, {cwd: folder, encoding: 'utf8'});
const short = [0, 1, 2].flatMap(i => ['--set', `stages.${i}.steps=40`]);

lemmata('run', 'mot/three_stage', ...short, '--set', 'record.every=10', '--out', 'one.h5', '--quiet');
// Of four experts all three seeds get to some levels of eps, two, one and none to smaller ones.
lemmata('run', 'mot/three_stage', ...short.slice(0, 4), '--set', 'stages.2.steps=25', '--set', 'model.experts=4',
        '--seeds', '0-2', '--out', 'seeds.h5', '--quiet');
mkdirSync(path.join(folder, 'evidence'));
const claim = (id, verdict, expected) => ({
  id, setting: 'a <b>bold</b> setting', verdict, expected, evidence_level: 'numerical', reason: 'because',
  seeds: [0, 1], statement: 'of a statement </script><script>document.title = "broken"</script>', assumptions: ['one'],
  settings_hash: '0'.repeat(64),
  quantities: [{what: 'x', predicted: 1, measured: 1.5, tolerance: 0.1, criterion: 'equal', judged: true, reason: 'r'}],
  negative_controls: [{what: 'broken', verdict: 'refuted', quantities: []}]});
writeFileSync(path.join(folder, 'evidence', 'X1--a.json'), JSON.stringify(claim('X1', 'supported', 'supported')));
writeFileSync(path.join(folder, 'evidence', 'X2--b.json'), JSON.stringify(claim('X2', 'refuted', 'supported')));
writeFileSync(path.join(folder, 'evidence', 'X10--c.json'), JSON.stringify(claim('X10', 'supported', 'supported')));
lemmata('report', 'one.h5', 'seeds.h5', 'evidence', '-o', 'report.html');
lemmata('run', 'mot/three_stage', '--out', 'law.h5', '--quiet');
lemmata('run', 'mot/single_transformer', '--out', 'none.h5', '--quiet');
lemmata('report', 'law.h5', 'none.h5', '-o', 'law.html');

// {step: value} of a variable as `export` writes it.
function exported(file, name) {
  lemmata('export', file, '--csv', `csv_${file}`);
  const [head, ...lines] = readFileSync(path.join(folder, `csv_${file}`, `${name}.csv`), 'utf8').trim().split('\n');
  return lines.map(line => Object.fromEntries(line.split(',').map((value, i) => [head.split(',')[i], Number(value)])));
}
const close = (found, wanted) => Math.abs(found - wanted) <= 1e-6 * Math.abs(wanted);

async function opened(file, options) {
  const allowed = request => request.url().startsWith(`file://${folder}/`) && request.isNavigationRequest();
  const page = await opened_page(`file://${file}`, allowed, options);
  await page.waitForSelector('html[data-ready=true]', {state: 'attached'});
  return page;
}
const drawn = (page, id) => page.evaluate(name => charts[name].curves.map(curve => ({...curve})), id);

const tests = {
  async 'what is drawn is what the file holds, step 0 left out and counted on a log axis'(page) {
    const wanted = exported('one.h5', 'prediction_loss').filter(row => row.step > 0);
    const [one] = await drawn(page, 'chart-prediction_loss');
    assert.deepEqual(one.x, wanted.map(row => row.step));
    assert.ok(one.y.every((value, i) => close(value, wanted[i].prediction_loss)));
    assert.equal(one.dropped, 1);
    assert.match(await page.textContent('#chart-prediction_loss figcaption'), /one: 1 not drawn/);
    assert.deepEqual(await page.evaluate(() => charts['chart-loss'].verticals),
                     [{x: 40, label: 'II'}, {x: 80, label: 'III'}]);
    const styles = await page.locator('#chart-loss .u-legend .u-marker')
        .evaluateAll(all => all.map(one => one.style.borderStyle));
    for (const style of ['solid', 'dashed']) assert.ok(styles.some(one => one.includes(style)), `${styles}`);
  },
  async 'seeds are drawn as their median with the band of all of them, named'(page) {
    const rows = exported('seeds.h5', 'loss'), [, seeds] = await drawn(page, 'chart-loss');
    const at = rows.filter(row => row.step === seeds.x.at(-1)).map(row => row.loss).sort((a, b) => a - b);
    assert.ok(close(seeds.y.at(-1), at[1]) && close(seeds.lower.at(-1), at[0]) && close(seeds.upper.at(-1), at[2]));
    assert.match(await page.textContent('#chart-loss figcaption'), /band: all of 3 seeds, line: their median/);
    const steps = (await drawn(page, 'chart-steps-to-eps')).find(curve => curve.label === 'seeds');
    const each = JSON.parse(lemmata('compare', 'seeds.h5', '--json', '-')).runs.map(run => run.steps_to_eps);
    steps.x.forEach((inverse, i) => {
      const at = each[0].findIndex(level => close(1 / level.eps, inverse));
      const sorted = each.map(levels => levels[at].steps ?? Infinity).sort((a, b) => a - b);
      assert.deepEqual([steps.lower[i] ?? 0, steps.y[i] ?? Infinity, steps.upper[i] ?? 0], sorted);
    });
    const three = i => [steps.lower[i], steps.y[i] ?? Infinity, steps.upper[i]];
    const arrived = steps.x.map((_, i) => three(i).filter(Number.isFinite));
    assert.ok(steps.x.length > 10 && [1, 2, 3].every(count => arrived.some(here => here.length === count)));
    assert.match(await page.textContent('#chart-steps-to-eps figcaption'), /open above where one never reaches eps/);
    // One, two or three of them: where not all arrive the band that is drawn reaches to the end of the axis.
    const open = steps.upper.filter(end => end === Infinity).length;
    for (const log of [true, false]) {
      const [ends, top] = await page.evaluate(() => {
        const {plot} = charts['chart-steps-to-eps'], at = plot.series.findIndex(one => one.label === 'seeds, upper');
        return [plot.data[at].filter(end => Number.isFinite(end)), plot.scales.y.max];
      });
      assert.ok(ends.length === steps.x.length + (log ? 0 : 3), 'the levels of T = 0 have no place on a log axis');
      assert.equal(ends.filter(end => close(end, top)).length, open);
      await page.locator('#steps-to-eps button', {hasText: 'log T(eps)'}).click();
      await page.waitForTimeout(100);  // it sets its scales a moment later
    }
  },
  async 'the switches change the scales that are drawn'(page) {
    const button = page.locator('#curves button', {hasText: 'log steps'});
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    const [one] = await drawn(page, 'chart-prediction_loss');
    assert.equal(one.x[0], 0);
    assert.equal(one.dropped, 0);
    assert.equal(await page.evaluate(() => charts['chart-prediction_loss'].logX), false);
    await button.press('Enter');
    assert.equal(await page.evaluate(() => charts['chart-prediction_loss'].logX), true);
    await page.locator('#conflict button', {hasText: 'log values'}).click();
    const bands = await page.evaluate(() => Object.values(charts).filter(chart => chart.logY)
        .flatMap(chart => chart.curves.flatMap(curve => curve.lower ?? [])));
    assert.ok(bands.length > 100 && bands.includes(null), 'an edge was left out');
    assert.ok(bands.every(edge => edge === null || edge > 0), 'no edge where a log axis has no place');
    for (const [label, key] of [['log values', 'logY'], ['log steps', 'logX']]) {
      assert.equal(await page.evaluate(name => charts['chart-hessian_max'][name], key), true);
      await page.locator('#curvature button', {hasText: label}).click();
      assert.equal(await page.evaluate(name => charts['chart-hessian_max'][name], key), false);
    }
  },
  async 'a run that is not chosen is not drawn'(page) {
    await page.uncheck('#run-0');
    for (const id of ['chart-loss', 'chart-steps-to-eps', 'chart-hessian_max', 'chart-every-curve'])
      assert.deepEqual((await drawn(page, id)).map(curve => curve.label), ['seeds'], id);
    await page.click('text=none');
    assert.equal((await drawn(page, 'chart-loss')).length, 0);
    await page.click('text=all runs');
    assert.ok((await drawn(page, 'chart-loss')).length >= 2);
  },
  async 'the slider shows the table of its record'(page) {
    const rows = exported('one.h5', 'routing'), steps = [...new Set(rows.map(row => row.step))];
    await page.selectOption('#matrix-select', {label: 'one: routing'});
    for (const at of [0, 3]) {
      await page.locator('#matrix-step').fill(String(at));
      assert.equal(await page.textContent('output'), `step ${steps[at]}`);
      const cells = await page.locator('#matrix tbody td').allTextContents();
      const wanted = rows.filter(row => row.step === steps[at]).map(row => row.routing);
      assert.equal(cells.length, wanted.length);
      cells.forEach((cell, i) => assert.ok(Math.abs(Number(cell) - wanted[i]) <= 5e-4 * Math.abs(wanted[i]), cell));
    }
  },
  async 'a claim opens its evidence; text of a file is text'(page) {
    assert.match(await page.textContent('#verdicts'), /2 of 3 verdicts as expected/);
    assert.deepEqual((await page.locator('tr.unexpected th').allTextContents()).map(text => text.slice(0, 2)), ['X2']);
    const details = page.locator('#claim-1');
    assert.equal(await details.getAttribute('open'), null);
    await page.locator('#verdicts tr', {hasText: 'X2'}).locator('a').click();
    assert.notEqual(await details.getAttribute('open'), null);
    assert.match(await details.textContent(), /1\.5.*negative control, broken: refuted/s);
    assert.equal(await page.locator('#verdicts b').count(), 0);
    assert.equal(await page.title(), 'Lemmata report');
  },
  async 'on a phone the claims stand below each other, nothing squeezed and nothing off the screen'(page) {
    await page.setViewportSize({width: 390, height: 900});
    const scroll = page.locator('#verdicts .scroll').first(), row = page.locator('#verdicts tr', {hasText: 'X2'});
    assert.ok(await scroll.evaluate(node => node.scrollWidth <= node.clientWidth), 'it scrolls sideways');
    const why = await row.locator('td', {hasText: 'because'}).boundingBox();
    const link = await row.locator('a').boundingBox();
    assert.ok(why.width > 250 && link.x >= 0 && link.x + link.width <= 390, JSON.stringify([why, link]));
    assert.match(await row.locator('a').textContent(), /^X2 a <b>bold/);
    const heads = await row.locator('td')
        .evaluateAll(all => all.map(one => getComputedStyle(one, '::before').content));
    assert.match(heads.join(), /verdict.*expected.*evidence level.*why/);
  },
  async 'numerical notes are there where they are alike too'(page) {
    const notes = page.locator('#provenance tr', {hasText: 'numerical_notes'});
    assert.deepEqual(await notes.locator('td').allTextContents(), ['"none"', '"none"']);
    assert.doesNotMatch(await page.textContent('#provenance'), /compiler/);
  },
  async 'settings that differ stand first and are marked'(page) {
    const first = page.locator('#configuration tbody tr').first();
    assert.equal(await first.getAttribute('class'), 'differs');
    assert.match(await page.textContent('#configuration'), /model\.experts/);
    assert.doesNotMatch(await page.textContent('#configuration'), /data\.noise/);
    await page.locator('#configuration button').click();
    assert.match(await page.textContent('#configuration'), /data\.noise/);
    const marks = await page.locator('#configuration tbody tr')
        .evaluateAll(all => all.map(one => one.className === 'differs'));
    assert.ok(marks[0] && !marks.at(-1) && marks.indexOf(false) === marks.filter(Boolean).length, `${marks}`);
  },
  async 'a fitted law is drawn over its window, with the band of its interval, through the data'(page) {
    await page.goto(`file://${path.join(folder, 'law.html')}`);
    const all = await drawn(page, 'chart-prediction_loss'), data = all.find(curve => curve.label === 'law');
    const law = all.find(curve => curve.label === 'law, fitted exponential');
    const fit = JSON.parse(lemmata('fit', 'law.h5', '--y', 'prediction_loss', '--stage', 'III', '--json', '-'));
    assert.ok(close(law.x[0], fit.window[0]) && close(law.x.at(-1), fit.window[1]));
    for (let i = 0; i < law.x.length; i += 40) {
      const at = data.x.findIndex(x => x >= law.x[i]);
      assert.ok(Math.abs(Math.log(law.y[i] / data.y[at])) < 0.3, `${law.x[i]}: ${law.y[i]} beside ${data.y[at]}`);
      assert.ok(law.lower[i] <= law.y[i] && law.y[i] <= law.upper[i]);
    }
    assert.match(await page.textContent('#chart-prediction_loss figcaption'), /95 % interval of the rate of law/);
  },
  async 'the law of T(eps) is that of compare, through the points, with the band of its interval'(page) {
    await page.goto(`file://${path.join(folder, 'law.html')}`);
    const all = await drawn(page, 'chart-steps-to-eps'), data = all.find(curve => curve.label === 'law');
    const names = all.map(curve => curve.label.split(',')[0]);
    assert.deepEqual(names, ['law', 'law', 'none'], 'one run has a law, one has none');
    const [compared, none] = JSON.parse(lemmata('compare', 'law.h5', 'none.h5', '--json', '-')).runs;
    const wanted = compared.steps_law;
    const reached = compared.steps_to_eps.filter(level => level.steps > 0);
    assert.ok(reached.length > 100 && data.y.length === reached.length);
    reached.forEach((level, i) => assert.ok(data.y[i] === level.steps && close(data.x[i], 1 / level.eps)));
    const law = all[1], u = law.x.map(x => -Math.log(1 / x - wanted.floor)), last = law.x.length - 1;
    assert.ok(wanted.law === 'log' && law.x.length === 200);
    assert.match(law.label, /fitted log law, T = a \+ 240\.\d ln/);
    const near = (found, expected, share) =>
      assert.ok(Math.abs(found - expected) < share * Math.abs(expected), `${found} for ${expected}`);
    const slope = curve => (curve[last] - curve[0]) / (u[last] - u[0]);
    near(slope(law.y), wanted.b, 1e-3);
    near(law.y[0], wanted.window[0], 2e-2);
    near(law.y[last], wanted.window[1], 2e-2);
    near(law.y[100], wanted.a + wanted.b * u[100], 1e-3);
    near((law.upper[last] - law.lower[last]) / ((u[last] - u[0]) / 2), wanted.interval[1] - wanted.interval[0], 0.1);
    for (let i = 0; i <= last; i += 20) {
      const at = data.x.findIndex(x => x >= law.x[i] * (1 - 1e-6));
      const above = at === 0 ? 0 : data.y[at - 1];
      assert.ok(law.y[i] <= data.y[at] * 1.001 && law.y[i] >= above * 0.999, `T = ${law.y[i]} beside ${data.y[at]}`);
    }
    const text = await page.textContent('#steps-to-eps');
    assert.match(text, /95 % interval of b of law/);
    assert.match(text, /lawlog, T = -\d+ \+ 240/);
    assert.ok(none.steps_law.law === 'inconclusive' && text.includes(`inconclusive: ${none.steps_law.reason}`));
    assert.match(text, /law: \d+ levels not reached/);
    await page.locator('#steps-to-eps button', {hasText: 'log T(eps)'}).click();  // over log(1/eps) a log law is a line
    const [whole] = await drawn(page, 'chart-steps-to-eps');
    const atOnce = compared.steps_to_eps.filter(level => level.steps === 0);
    assert.equal(whole.y.filter(steps => steps === 0).length, atOnce.length);
    assert.ok(whole.y[0] === 0 && whole.dropped === 0);
  },
  async 'without the library the curves are still pictures of the same data, and the page says so'(page) {
    const whole = readFileSync(path.join(folder, 'report.html'), 'utf8'), begin = whole.indexOf('var uPlot');
    assert.ok(begin > 0);
    const end = whole.indexOf('</script>', begin);
    writeFileSync(path.join(folder, 'still.html'), whole.slice(0, begin) + whole.slice(end));
    const still = await opened(path.join(folder, 'still.html'));
    assert.match(await still.textContent('#summary'), /still pictures/);
    const points = (await still.getAttribute('#chart-loss polyline', 'points')).split(' ').length;
    const curves = await drawn(still, 'chart-loss');
    assert.equal(points, curves[0].x.length);
    const polygon = async id => (await still.getAttribute(`#${id} polygon >> nth=0`, 'points')).split(' ')
        .map(point => point.split(',').map(Number));
    const band = await polygon('chart-loss');
    const open = await polygon('chart-steps-to-eps');
    assert.ok(open.every(([, height]) => height >= 10) && open[open.length / 2 - 1][1] === 10, 'open to the top');
    assert.equal(band.length, 2 * curves[1].x.length, 'the band of the seeds, there and back');
    assert.ok(band[0][0] === band.at(-1)[0] && band.at(-20)[1] > band[19][1], 'its lower edge is below');
    await still.emulateMedia({colorScheme: 'dark'});
    // The pictures are drawn anew when the page hears of the change, a moment later.
    const drawnIn = () => still.getAttribute('#chart-loss text >> nth=0', 'fill');
    for (let tries = 0; tries < 50 && await drawnIn() !== '#ececec'; ++tries) await still.waitForTimeout(100);
    assert.equal(await drawnIn(), '#ececec');
    await still.emulateMedia({colorScheme: 'light'});
    await accessible(still, 'still pictures');
  },
  async 'any curve can be chosen'(page) {
    await page.selectOption('#curve-select', 'load_variation');
    const wanted = exported('one.h5', 'load_variation').filter(row => row.step > 0);
    const [one] = await drawn(page, 'chart-every-curve');
    assert.ok(one.y.every((value, i) => close(value, wanted[i].load_variation)));
  },
  async 'every control is reached by the keyboard and shows that it is'(page) {
    const seen = new Set();
    for (let i = 0; i < 120; ++i) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
    }
    for (const control of ['run-0', 'matrix-select', 'matrix-step', 'curve-select', 'log steps', 'all runs'])
      assert.ok(seen.has(control), control);
  },
};

const file = path.join(folder, 'report.html');
for (const [name, test] of Object.entries(tests)) await check(name, async () => test(await opened(file)));
await looked_at('report', options => opened(file, options));
await check('200 runs of 500 records: a page below 8 MB', async () => {
  lemmata('run', 'mot/three_stage', ...short, '--set', 'record.every=1', '--set', 'stages.2.steps=419', '--out',
          'many.h5', '--quiet');
  const names = Array.from({length: 200}, (_, i) => `run_${i}.h5`);
  for (const name of names) copyFileSync(path.join(folder, 'many.h5'), path.join(folder, name));
  const start = performance.now();
  lemmata('report', ...names, '-o', 'many.html');
  const made = performance.now() - start, size = statSync(path.join(folder, 'many.html')).size;
  assert.ok(size < 8e6, `${size} bytes`);
  const begin = performance.now(), page = await opened(path.join(folder, 'many.html'));
  await page.locator('#curves button', {hasText: 'log steps'}).click();
  console.log(`        ${(size / 1e6).toFixed(1)} MB, made in ${(made / 1e3).toFixed(1)} s, answers ` +
              `${((performance.now() - begin) / 1e3).toFixed(1)} s after it was opened`);
  assert.match(await page.textContent('main'), /T\(eps\) are of all runs, .* of the first 8 runs only/);
  assert.equal((await drawn(page, 'chart-loss')).length, 8);
});
await check('no console error, and nothing asked for but the page itself', async () => assert.deepEqual(faults, []));
rmSync(folder, {recursive: true});
await finish();
