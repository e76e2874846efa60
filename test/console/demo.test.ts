import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { overflow } from './inspect.ts';
import { openDemo } from './open-demo.ts';
import { cellText } from './steps.ts';

/** The demo is what most people see first: a company with names, keys and uses of all lengths. */
describe('the demo', () => {
  const opened = new AsyncDisposableStack();
  let page: Page;

  before(async () => {
    ({ page } = opened.use(await openDemo()));
  });
  after(() => opened.disposeAsync());

  test('all columns of the access keys are in view on a screen of 1280 px', async () => {
    assert.deepEqual(await overflow(page), []);
  });

  test('a search reads, although its method is POST', async () => {
    await page.getByRole('link', { name: 'APIs', exact: true }).click();
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('tab', { name: 'Endpoints' }).click();
    assert.equal(await cellText(page, 'Endpoints', '/v2/orders/search', 'Effect'), 'Reads');
    assert.equal(await cellText(page, 'Endpoints', 'Place an order', 'Effect'), 'Writes');
  });
});
