// Pages of the documentation site in a real browser, from file://: formulas typeset, nothing asked for over the
// network, no sideways overflow on a phone, accessibility.
//   docs_test.mjs SITE NODE_MODULES CHROMIUM PICTURES   (exit 0 or 1); screenshots go to the folder PICTURES
import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [site, modules, chromium, pictures] = process.argv.slice(2).map(name => path.resolve(name));
const require = createRequire(path.join(modules, 'x.js'));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const browser = await require('playwright-core').chromium.launch({executablePath: chromium, args: ['--no-sandbox']});
const home = pathToFileURL(site).href;
const faults = [];
mkdirSync(pictures, {recursive: true});

async function opened(name, width, colorScheme) {
  const page = await (await browser.newContext({viewport: {width, height: 900}, colorScheme})).newPage();
  page.on('console', message => { if (message.type() === 'error') faults.push(`${name}: ${message.text()}`); });
  page.on('pageerror', error => faults.push(`${name}: ${error}`));
  page.on('requestfailed', request => faults.push(`${name}: not there: ${request.url()}`));
  page.on('request', request => {
    const url = request.url();
    if (!url.startsWith(`${home}/`) && !url.startsWith('data:')) faults.push(`${name}: asked for ${url}`);
  });
  await page.goto(`${home}/${name}.html`);
  await page.waitForSelector('html[data-ready=true]', {state: 'attached'});
  return page;
}

// A page of every kind at both widths, dark and light.
const kinds = ['index', 'claim_J14', 'first_claim', 'gallery', 'settings', 'coverage_8h', 'contract'];
for (const [i, name] of kinds.entries()) {
  const [width, scheme] = [[390, 'dark'], [1440, 'light'], [390, 'light'], [1440, 'dark']][i % 4];
  const page = await opened(name, width, scheme);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than a window of ${width}`);
  await page.screenshot({path: path.join(pictures, `${name}_${width}_${scheme}.png`)});
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, {resultTypes: ['violations'], preload: false}));
  const serious = found.violations.filter(one => ['serious', 'critical'].includes(one.impact));
  assert.deepEqual(serious.map(one => `${name}: ${one.id}: ${one.nodes[0].html}`), []);
  console.log(`ok: ${name} at ${width} px, ${scheme}`);
}

// On a phone the verdicts stand below each other, as wide as the page, the name of the setting a link to what was
// measured.
const phone = await opened('claim_J14', 390, 'light');
const verdicts = phone.locator('h2', {hasText: 'Verdicts'}).locator('~ .scroll').first();
assert.ok(await verdicts.evaluate(node => node.scrollWidth <= node.clientWidth), 'the verdicts scroll sideways');
const why = await verdicts.locator('td[data-head=why]').first().boundingBox();
const link = await verdicts.locator('a').first().boundingBox();
assert.ok(why.width > 300 && link.x >= 0 && link.x + link.width <= 390, JSON.stringify([why, link]));
await verdicts.locator('a').nth(1).click();
assert.ok(await phone.locator('#setting-1').isVisible() && phone.url().endsWith('#setting-1'));
await verdicts.scrollIntoViewIfNeeded();
await phone.screenshot({path: path.join(pictures, 'claim_J14_verdicts_390.png'), fullPage: true});
console.log('ok: verdicts at 390 px');

// On one page the formulas of all claims: typeset as SVG without a TeX error, and what stands there is the formula.
const page = await opened('claim_J14', 1440, 'light');
const [drawn] = await page.$$('.formula .MathJax_SVG svg');
const box = await drawn.boundingBox();
assert.ok(box.width > 300 && box.height > 40, `the formula is ${box.width} x ${box.height} px`);
assert.doesNotMatch(await page.innerText('.formula'), /\\frac/);
const sources = readdirSync(site).filter(name => /^claim_[MJ]\d+\.html$/.test(name)).map(name =>
  readFileSync(path.join(site, name), 'utf8').match(/<div class="formula scroll">([^]*?)<\/div>/)[1]);
assert.ok(sources.length > 30);
const errors = await page.evaluate(list => new Promise(resolve => {
  const found = [], holder = document.createElement('div');
  MathJax.Hub.Register.MessageHook('TeX Jax - parse error', message => found.push(message.slice(1, 3).join(': ')));
  holder.innerHTML = [...list, '\\[\\frac{1\\]'].map(text => `<div>${text}</div>`).join('');
  document.body.append(holder);
  MathJax.Hub.Queue(['Typeset', MathJax.Hub, holder],
    () => resolve({found, drawn: holder.querySelectorAll('.MathJax_SVG svg').length}));
}), sources);
assert.equal(errors.found.length, 1, errors.found.join('\n'));   // the broken one, which shows that errors are seen
assert.ok(errors.drawn >= sources.length, `${errors.drawn} of ${sources.length} formulas drawn`);
console.log(`ok: ${sources.length} formulas`);
await browser.close();
assert.deepEqual(faults, []);
