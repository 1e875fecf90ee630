// The page of `lemmata watch --serve` in a real browser: what it says and draws of a finished and of a growing run, its
// control, its accessibility. Arguments: browser.mjs. Exit 77: the program was built without the server.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {check, faults, finish, looked_at, opened, program} from './browser.mjs';

if (execFileSync(program, ['--version'], {encoding: 'utf8'}).includes('built without cpp-httplib')) process.exit(77);
const folder = mkdtempSync(path.join(tmpdir(), 'lemmata_watch_')), growing = path.join(folder, 'growing.jsonl');
execFileSync(program, ['run', 'mot/three_stage', ...[0, 1, 2].flatMap(i => ['--set', `stages.${i}.steps=40`]), '--out',
                       path.join(folder, 'finished.h5'), '--quiet']);
const line = step => JSON.stringify(
  {step, stage: 1, loss: 1 / (1 + step), prediction_loss: step === 3 ? 0 : Math.exp(-step)});
writeFileSync(growing, [0, 1, 2, 3, 4].map(line).join('\n') + '\n');

writeFileSync(path.join(folder, 'seeds.jsonl'), [[4, 1e-3], [0, 1], [2, 1e-2]].map(([seed, loss]) =>
  JSON.stringify({seed, steps: 9, loss, prediction_loss: loss, stop_reason: 'completed'}) + '\n').join(''));

const server = spawn(program, ['watch', folder, '--serve', '--interval', '0.2']);
const address = String((await once(server.stdout, 'data'))[0]).trim();
assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);

async function watching(options) {
  const allowed = [address, `${address}state.json`, 'data:,'];
  const page = await opened(address, request => allowed.includes(request.url()), options);
  await page.waitForSelector('canvas');
  return page;
}
const section = (page, name) => page.locator('section', {has: page.locator('h2', {hasText: name})});
// Per column of a canvas the mean height, from the bottom, of what is drawn in the curve's colour; null where nothing
// is.
const drawn = canvas => canvas.evaluate(node => {
  const pen = node.getContext('2d'), {data} = pen.getImageData(0, 0, node.width, node.height);
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--curve');
  probe.fillRect(0, 0, 1, 1);
  const wanted = probe.getImageData(0, 0, 1, 1).data, heights = [];
  for (let x = 0; x < node.width; ++x) {
    let sum = 0, count = 0;
    for (let y = 0; y < node.height; ++y) {
      const at = 4 * (y * node.width + x);
      if (![0, 1, 2].every(k => Math.abs(data[at + k] - wanted[k]) < 40) || data[at + 3] <= 200) continue;
      sum += node.height - y;
      ++count;
    }
    heights.push(count > 0 ? sum / count : null);
  }
  return heights;
});
const curve_of = heights => heights.filter(height => height !== null);

await looked_at('watch', watching);
await check('what it says of a finished and of a growing run', async () => {
  const page = await watching();
  const metrics = JSON.parse(readFileSync(path.join(folder, 'finished.metrics.json'), 'utf8'));
  const label = await section(page, 'finished').locator('canvas').first().getAttribute('aria-label');
  const value = Number(label.match(/^loss over step, last value (.*)$/)[1]);
  assert.ok(Math.abs(value - metrics.loss) < 1e-4 * metrics.loss, label);
  assert.match(await section(page, 'finished').textContent(), /finished: completed, stage 3 \(III\), step 120/);
  assert.match(await section(page, 'growing').textContent(), /prediction_loss: 1 zero or negative not drawn/);
  assert.equal(await section(page, 'growing').locator('canvas').count(), 2);
});
await check('it draws exp(-step) as a straight line on its log axis, and as a bent one over log steps', async () => {
  const page = await watching(), canvas = section(page, 'growing').locator('canvas').nth(1);
  const straight = curve_of(await drawn(canvas)), last = straight.length - 1;
  assert.ok(straight.length > 200 && straight[0] - straight[last] > 100, `${straight[0]} to ${straight[last]}`);
  const bend = heights => heights[Math.floor(heights.length / 2)] - (heights[0] + heights.at(-1)) / 2;
  assert.ok(Math.abs(bend(straight)) < 3, `bend ${bend(straight)}`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'log_step');
  await page.keyboard.press('Space');
  assert.ok(bend(curve_of(await drawn(section(page, 'growing').locator('canvas').nth(1)))) > 10);
});
await check('the ends of several seeds are dots that no line joins', async () => {
  const page = await watching(), canvas = section(page, 'seeds').locator('canvas').first();
  assert.match(await canvas.getAttribute('aria-label'), /^loss at the end, by seed/);
  assert.match(await section(page, 'seeds').textContent(), /3 seeds/);
  const heights = await drawn(canvas), filled = heights.filter((height, i) => height !== null && !(heights[i - 1] > 0));
  assert.equal(filled.length, 3, 'three dots, nothing between them');
});
await check('it follows a file that grows, is cut short, and goes', async () => {
  const page = await watching();
  const now = text => section(page, 'growing').locator('p', {hasText: text}).waitFor({timeout: 8000});
  appendFileSync(growing, [5, 6, 7].map(line).join('\n') + '\n');
  await now('step 7');
  writeFileSync(growing, line(0) + '\n');
  await now('began anew: 1 times');
  rmSync(growing);
  await section(page, 'growing').waitFor({state: 'detached', timeout: 8000});
});
await check('no console error, and nothing asked for but the page and its state', async () => {
  assert.deepEqual(faults, []);
});
await check('it says that the program has ended', async () => {
  const page = await watching();
  server.kill('SIGINT');
  assert.equal((await once(server, 'exit'))[0], 0);
  await page.locator('#status', {hasText: 'does not answer'}).waitFor({timeout: 8000});
});
server.kill('SIGKILL');
rmSync(folder, {recursive: true});
await finish();
