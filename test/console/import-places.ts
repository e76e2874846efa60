import { hash } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { Place } from './places.ts';
import { button, dialog, see } from './steps.ts';

const ROWS = ['owner,name,hash', ...[1, 2, 3].map(n => `nobody@acme.example,Old ${n},${hash('sha256', `${n}`)}`)];

async function paste(page: Page, rows: readonly string[]): Promise<void> {
  await button(page, 'Import keys').click();
  const source = dialog(page, 'Import keys');
  await source.getByText('Paste', { exact: true }).click();
  await source.getByLabel('Rows').fill(rows.join('\n'));
  await see(source.getByLabel('Salt', { exact: true }));
}

async function preview(page: Page, rows: readonly string[]): Promise<void> {
  await paste(page, rows);
  await button(dialog(page, 'Import keys'), 'Show the preview').click();
  await see(dialog(page, 'What will be imported').getByRole('table', { name: 'First rows' }));
}

/** The steps of an import of keys, and what else is seen of the API and its events. */
export const IMPORT_PLACES: readonly Place[] = [
  {
    name: 'Import keys, without a file',
    at: '/api-and-keys',
    open: async page => {
      await button(page, 'Import keys').click();
      await button(dialog(page, 'Import keys'), 'Show the preview').click();
      await see(page.getByText('Choose a file.'));
    },
  },
  {
    name: 'Import keys, pasted hashes with an error at a field',
    at: '/api-and-keys',
    open: async page => {
      await paste(page, ROWS);
      await dialog(page, 'Import keys').getByLabel('Separator').fill('x');
      await button(dialog(page, 'Import keys'), 'Show the preview').click();
      await see(page.getByText(/^Must be one sign/));
    },
  },
  {
    name: 'Import keys, the preview with rows that will be refused',
    at: '/api-and-keys',
    open: page => preview(page, [...ROWS, 'nobody@acme.example,No hash,']),
  },
  {
    name: 'Import keys, under way',
    at: '/api-and-keys',
    open: async page => {
      // It never arrives.
      await page.route('**/v1/access-keys/import', () => undefined, { times: 1 });
      await preview(page, ROWS);
      await button(dialog(page, 'What will be imported'), 'Import keys').click();
      await see(dialog(page, 'Importing keys').getByRole('status'));
    },
  },
  {
    name: 'Import keys, the report',
    at: '/api-and-keys',
    open: async page => {
      await preview(page, ROWS);
      await button(dialog(page, 'What will be imported'), 'Import keys').click();
      await see(dialog(page, 'Import report').getByRole('table', { name: 'Refused lines' }));
    },
  },
  {
    name: 'audit log with the choice of a target',
    at: '/audit-log',
    open: async page => {
      await page.getByRole('combobox', { name: 'Target' }).fill('an active');
      await see(page.getByRole('option', { name: /an active key/ }));
    },
  },
  {
    name: 'View in API in a managed account',
    at: world => `/in-api?${new URLSearchParams({ account: world.managed, path: '/v1/account' })}`,
    open: page => see(page.getByText('"name": "Customer"')),
  },
  {
    name: 'panel of the built-in API, with the links to its reference',
    at: '/apis/keywright',
    open: page => see(dialog(page, 'Keywright').getByRole('link', { name: 'GraphiQL' })),
  },
];
