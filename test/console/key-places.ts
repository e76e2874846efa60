import type { Place } from './places.ts';
import { button, byItem, dialog, item, openMenu, row, see, seeDisabled } from './steps.ts';

/** Access keys in every state: their lists, panels and dialogs. */
export const KEY_PLACES: readonly Place[] = [
  {
    name: 'access keys of the account',
    at: '/access-keys',
    open: page => see(page.getByRole('table', { name: 'Access keys' })),
  },
  {
    name: 'access keys, none of which fits',
    at: '/access-keys',
    open: async page => {
      await page.getByLabel('Search').fill('nothing has this name');
      await see(page.getByText('No access key fits'));
    },
  },
  {
    name: 'menu of a key, with the reason of a disabled item',
    at: '/access-keys',
    open: async page => {
      await openMenu(page, 'an active key');
      await seeDisabled(item(page, 'Delete'), /inactive/i);
    },
  },
  {
    name: 'Create access key, everything open',
    at: '/profile/access-keys',
    open: async page => {
      await button(page, 'Create access key').click();
      await button(dialog(page, 'Create access key'), 'Restrictions').click();
      await dialog(page, 'Create access key').getByLabel('Expires').selectOption('On a date');
      await button(dialog(page, 'Create access key'), 'Add rate limit').click();
      await button(dialog(page, 'Create access key'), 'Add quota').click();
      await page.getByLabel('Allowed networks').fill('not a network');
      await button(dialog(page, 'Create access key'), 'Create access key').click();
      await see(page.getByRole('textbox', { name: 'Allowed networks' }).and(page.locator('[aria-invalid="true"]')));
    },
  },
  {
    name: 'Access key created',
    at: '/profile/access-keys',
    open: async page => {
      await button(page, 'Create access key').click();
      await dialog(page, 'Create access key').getByLabel('Name', { exact: true }).fill('shown once');
      await button(dialog(page, 'Create access key'), 'Create access key').click();
      await see(dialog(page, 'Access key created'));
    },
  },
  { name: 'Edit access key', at: '/access-keys', open: byItem('an active key', 'Edit', 'Edit access key') },
  {
    name: 'Deactivate access key',
    at: '/access-keys',
    open: byItem('an active key', 'Deactivate', 'Deactivate access key'),
  },
  { name: 'Delete access key', at: '/access-keys', open: byItem('an inactive key', 'Delete', 'Delete access key') },
  {
    name: 'panel of a key',
    at: world => `/access-keys?key=${world.key}`,
    open: async page => {
      await see(dialog(page, 'an active key').getByText('Create an access key'));
      await see(page.getByText(/at most \d+ on a day/));
    },
  },
  {
    name: 'panel of a key with limits',
    at: world => `/access-keys?key=${world.limitedKey}`,
    open: async page => {
      await see(dialog(page, 'a limited key').getByText('98 of 100 left'));
      await see(dialog(page, 'a limited key').getByText('Filled anew'));
    },
  },
  {
    name: 'access keys, some with a notice',
    at: '/api-and-keys',
    open: async page => {
      await see(row(page, 'Access keys', 'a forgotten key').getByText('Unused'));
      await see(row(page, 'Access keys', 'an expiring key').getByText('Expires soon'));
    },
  },
  {
    name: 'panel of a key that will be deactivated as unused',
    at: world => `/api-and-keys?key=${world.forgottenKey}`,
    open: page => see(dialog(page, 'a forgotten key').getByText(/^Nobody uses it/)),
  },
  {
    name: 'panel of a key that expires soon',
    at: world => `/api-and-keys?key=${world.expiringKey}`,
    open: page => see(dialog(page, 'an expiring key').getByText(/^It stops working/)),
  },
  {
    name: 'panel of a key that does not exist',
    at: '/access-keys?key=KWAAAAAAAAAAAAAAAAAA',
    open: page => see(dialog(page, 'Access key').getByRole('alert')),
  },
  {
    name: 'Deactivate access key, by the toggle of its row',
    at: '/api-and-keys',
    open: async page => {
      await row(page, 'Access keys', 'an active key').getByRole('switch').press('Space');
      await see(button(dialog(page, 'Deactivate access key'), 'Yes'));
    },
  },
  {
    name: 'panel of a legacy key',
    at: world => `/api-and-keys?key=${world.legacyKey}`,
    open: page => see(button(dialog(page, 'a legacy key'), 'Make a restricted key instead')),
  },
  {
    name: 'access keys, filtered by a choice of owner',
    at: '/access-keys',
    open: async page => {
      await page.getByRole('combobox', { name: 'Owner' }).click();
      await see(page.getByRole('option', { name: /Acme member/ }));
    },
  },
];
