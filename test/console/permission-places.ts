import type { Place } from './places.ts';
import { button, byItem, dialog, row, see } from './steps.ts';

/** The catalogue of APIs, what keys may do there, and the key policy. */
export const PERMISSION_PLACES: readonly Place[] = [
  { name: 'APIs', at: '/apis', open: page => see(row(page, 'APIs', 'Orders')) },
  {
    name: 'Create API, with an error at its field',
    at: '/apis',
    open: async page => {
      await button(page, 'Create API').click();
      await button(dialog(page, 'Create API'), 'Create API').click();
      await see(page.getByRole('textbox', { name: 'Name' }).and(page.locator('[aria-invalid="true"]')));
    },
  },
  {
    name: 'panel of an API: details',
    at: ({ api }) => `/apis/${api}`,
    open: page => see(page.getByText('In front of the API')),
  },
  {
    name: 'panel of the built-in API',
    at: '/apis/keywright/endpoints',
    open: page => see(page.getByRole('table', { name: 'Endpoints' })),
  },
  {
    name: 'panel of an API: endpoints',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: page => see(page.getByRole('table', { name: 'Endpoints' })),
  },
  {
    name: 'Delete API',
    at: '/apis',
    open: byItem('Orders', 'Delete', 'Delete API'),
  },
  {
    name: 'Add endpoint',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: async page => {
      await button(page, 'Add endpoint').click();
      await see(dialog(page, 'Add endpoint'));
    },
  },
  {
    name: 'Edit endpoint',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: byItem('GET /orders', 'Edit', 'Edit GET /orders'),
  },
  {
    name: 'Delete endpoint',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: byItem('GET /orders', 'Delete', 'Delete endpoint'),
  },
  {
    name: 'Import OpenAPI document, from a file',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: async page => {
      await button(page, 'Import OpenAPI document').click();
      await see(dialog(page, 'Import OpenAPI document').getByText('Files to which it refers'));
    },
  },
  {
    name: 'What the import changes',
    at: ({ api }) => `/apis/${api}/endpoints`,
    open: async page => {
      await button(page, 'Import OpenAPI document').click();
      const form = dialog(page, 'Import OpenAPI document');
      await form.getByText('Paste', { exact: true }).click();
      const document = 'openapi: 3.1.0\ninfo: { title: New, version: "1" }\npaths: { /new: { get: { summary: New } } }';
      await form.getByRole('textbox', { name: 'Document' }).fill(document);
      await button(form, 'Show the difference').click();
      await see(dialog(page, 'What the import changes').getByText('Removed (2)'));
      await see(page.getByText('1 access key loses endpoints'));
    },
  },
  {
    name: 'Create access key, choosing endpoints',
    at: '/profile/access-keys',
    open: async page => {
      await button(page, 'Create access key').click();
      await page.getByRole('radio', { name: 'Restricted', exact: true }).first().check();
      await page
        .getByRole('radiogroup', { name: 'Permission at Orders' })
        .getByText('Restricted', { exact: true })
        .click();
      await page.getByRole('checkbox', { name: 'All of orders' }).check();
      await page.getByRole('button', { name: /^orders/ }).click();
      await see(page.getByText(/2 of 2 endpoints, 1 of which changes something/));
    },
  },
  {
    name: 'What a change of the key policy touches',
    at: '/settings/key-policy',
    open: async page => {
      await button(page, 'Least privilege').click();
      await button(page, 'Preview').click();
      await see(dialog(page, 'What the change touches').getByRole('alert').first());
    },
  },
];
