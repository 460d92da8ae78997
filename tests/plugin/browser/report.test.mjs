// The report in a real browser: readable by everybody, in both themes and on a phone, and asking nothing of the network.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Browser, ROOT } from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const REPORTS = ['example', 'imported'];
const LOOKS = [
  { colorScheme: 'light', width: 1000 },
  { colorScheme: 'dark', width: 1000 },
  { colorScheme: 'light', width: 360 },
];

let browser;

before(async () => {
  browser = await Browser.launch();
});
after(() => browser?.close());

/** Opens a page of HTML, checks it, and gives what axe found. */
async function found(address, { colorScheme, width }) {
  const context = await browser.browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  const page = await context.newPage();
  const asked = [];
  const errors = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(address);
  assert.deepEqual(asked, [address], 'the page asks for nothing more');
  assert.deepEqual(errors, []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits the width');
  await page.evaluate(axe);
  const told = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  await context.close();
  return told.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 100)).join(' ')}`);
}

for (const name of REPORTS) {
  for (const look of LOOKS) {
    test(`the report of the ${name} vault is accessible, ${look.colorScheme}, ${look.width} pixels wide`, async () => {
      const file = pathToFileURL(join(ROOT, 'tests', 'data', 'views', name, 'report.html')).href;
      assert.deepEqual(await found(file, look), []);
    });
  }
}

test('a page with a fault is seen', async () => {
  const faulty = '<!DOCTYPE html><html lang="en"><title>t</title><main><h1>One</h1><h4>Four</h4><p style="color:#bbb">faint</p><img src="data:,"></main>';
  const context = await browser.browser.newContext();
  const page = await context.newPage();
  await page.setContent(faulty);
  await page.evaluate(axe);
  const told = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  await context.close();
  const ids = told.violations.map(({ id }) => id);
  for (const id of ['color-contrast', 'heading-order', 'image-alt']) assert.ok(ids.includes(id), `${id} in ${ids}`);
});
