// What the browser tests share: a real headless Chromium by playwright-core, axe-core, and named checks.
//   TEST.mjs PROGRAM NODE_MODULES CHROMIUM PICTURES   (exit 0 or 1); screenshots go to the folder PICTURES
import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const [program, modules, chromium, pictures] = process.argv.slice(2).map(name => path.resolve(name));
const require = createRequire(path.join(modules, 'x.js'));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(pictures, {recursive: true});
const browser = await require('playwright-core').chromium.launch({executablePath: chromium, args: ['--no-sandbox']});
const faults = [];  // errors on the console, and requests that are not allowed
let failed = 0;

// A page at an address; `allowed`: whether it may ask for a request.
async function opened(address, allowed, options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  page.on('console', message => { if (message.type() === 'error') faults.push(message.text()); });
  page.on('pageerror', error => faults.push(String(error)));
  page.on('request', request => { if (!allowed(request)) faults.push(`asked for ${request.url()}`); });
  await page.goto(address);
  return page;
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run());
  const serious = found.violations.filter(one => ['serious', 'critical'].includes(one.impact));
  assert.deepEqual(serious.map(one => `${name}: ${one.id}: ${one.nodes[0].html.slice(0, 120)}`), []);
  assert.ok(found.passes.length > 10, 'axe looked at the page');
}

// In light and dark, at laptop and phone width: a screenshot, nothing wider than the page, no serious violation.
async function looked_at(name, open) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      const what = 'no serious violation of accessibility, nothing wider than the page';
      await check(`${name}, ${colorScheme}, ${width} px: ${what}`, async () => {
        const page = await open({colorScheme, viewport: {width, height: 900}});
        await page.screenshot({path: path.join(pictures, `${name}_${colorScheme}_${width}.png`), fullPage: true});
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the page');
        await accessible(page, `${colorScheme} ${width}`);
      });
    }
  }
}

async function check(name, test) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${name}\n${error.message}`);
  }
}

async function finish() {
  await browser.close();
  process.exit(failed > 0 ? 1 : 0);
}

export {accessible, check, faults, finish, looked_at, opened, program};
