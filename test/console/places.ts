import type { Page } from 'playwright-core';
import { EMPTY_PLACES } from './empty-places.ts';
import { IMPORT_PLACES } from './import-places.ts';
import { KEY_PLACES } from './key-places.ts';
import { PERMISSION_PLACES } from './permission-places.ts';
import { button, byItem, dialog, item, openMenu, row, see } from './steps.ts';
import { VERIFIER_PLACES } from './verifier-places.ts';

/** What the places are filled with: ids, and whole links. */
export interface World {
  owner: string;
  member: string;
  serviceAccount: string;
  project: string;
  managed: string;
  key: string;
  legacyKey: string;
  limitedKey: string;
  forgottenKey: string;
  expiringKey: string;
  api: string;
  invitation: string;
  /** On a second server, which nobody has set up yet. */
  setup: string;
  emptyServer: string;
}

/** Something that the console shows: where it begins, and the steps up to it. */
export interface Place {
  name: string;
  at: string | ((world: World) => string);
  open: (page: Page) => Promise<void>;
}

const heading = (name: string) => (page: Page) => see(page.getByRole('heading', { name }));
const text = (shown: string) => (page: Page) => see(page.getByText(shown).first());
const table = (name: string) => (page: Page) => see(page.getByRole('table', { name }));

/** What is seen without being signed in. */
export const ENTRANCES: readonly Place[] = [
  {
    name: 'setup with errors at its fields',
    at: world => world.setup,
    open: async page => {
      await button(page, 'Set up').click();
      await see(page.getByText(/must be an e-mail address/i));
    },
  },
  { name: 'sign-in before the setup', at: world => `${world.emptyServer}/sign-in`, open: text('Open the setup link') },
  {
    name: 'sign-in with a wrong password',
    at: '/sign-in',
    open: async page => {
      await page.getByLabel('E-mail').fill('nobody@acme.example');
      await page.getByLabel('Password', { exact: true }).fill('not the right password');
      await button(page, 'Sign in').click();
      await see(page.getByRole('alert'));
    },
  },
  { name: 'invitation', at: world => world.invitation, open: heading('Invitation') },
  { name: 'invitation with a void link', at: '/invitation#token=void', open: page => see(page.getByRole('alert')) },
  { name: 'an address without a page', at: '/no-such-page', open: heading('Not found') },
  { name: 'reference of the API', at: '/docs', open: heading('Keywright API reference') },
];

/** What only those see who may not do everything. */
export const MEMBER_PLACES: readonly Place[] = [
  { name: 'API & Keys, for a member', at: '/api-and-keys', open: text('No access keys yet') },
  { name: 'projects, for a member', at: '/projects', open: table('Projects') },
  {
    name: 'No managed accounts yet, with the reason of the disabled button',
    at: '/accounts',
    open: async page => {
      await see(page.getByText('No managed accounts yet'));
      await button(page, 'Create managed account').last().hover();
      await see(page.getByRole('tooltip'));
    },
  },
  {
    name: 'panel of another member, for a member',
    at: ({ owner }) => `/members/${owner}/access-keys`,
    open: text('Only owners and administrators see the access keys of others.'),
  },
  {
    name: 'settings that a member can not change, with the reason',
    at: '/settings/key-policy',
    open: async page => {
      await button(page, 'Save').hover();
      await see(page.getByRole('tooltip'));
    },
  },
];

/** What an owner of an account with keys in every state sees. */
export const PLACES: readonly Place[] = [
  { name: 'profile', at: '/profile', open: text('Change password') },
  {
    name: 'menu of the profile, with the reason of a disabled item',
    at: '/profile',
    open: async page => {
      await openMenu(page, 'your profile');
      await item(page, 'Copy as curl').hover();
      await see(page.getByRole('tooltip'));
    },
  },
  { name: 'profile: access keys', at: '/profile/access-keys', open: table('Access keys') },
  { name: 'profile: sessions', at: '/profile/sessions', open: table('Sessions') },
  {
    name: 'menu of the person',
    at: '/profile',
    open: async page => {
      await button(page, 'Acme owner').click();
      await see(page.getByRole('menu'));
    },
  },
  ...KEY_PLACES,
  {
    name: 'API & Keys of a project',
    at: world => `/api-and-keys/${world.project}`,
    open: page => see(row(page, 'Access keys', 'a key of the project')),
  },
  {
    name: 'API & Keys of a project that does not exist',
    at: '/api-and-keys/prj_aaaaaaaaaaaaaaaaaaaa',
    open: page => see(page.getByRole('alert')),
  },
  {
    name: 'API & Keys with the choice of projects',
    at: '/api-and-keys',
    open: async page => {
      await page.getByRole('combobox', { name: 'Project' }).click();
      await see(page.getByRole('option', { name: 'Shop' }));
    },
  },
  { name: 'projects', at: '/projects', open: page => see(row(page, 'Projects', 'Shop')) },
  {
    name: 'Create project, with an error at its field',
    at: '/projects',
    open: async page => {
      await button(page, 'Create project').click();
      await button(dialog(page, 'Create project'), 'Create project').click();
      await see(page.getByRole('textbox', { name: 'Name' }).and(page.locator('[aria-invalid="true"]')));
    },
  },
  { name: 'Edit project', at: '/projects', open: byItem('Shop', 'Edit', 'Edit project') },
  { name: 'Archive project', at: '/projects', open: byItem('Shop', 'Archive', 'Archive project') },
  { name: 'accounts', at: '/accounts', open: page => see(row(page, 'Accounts', 'Customer')) },
  {
    name: 'Create managed account',
    at: '/accounts',
    open: async page => {
      await button(page, 'Create managed account').click();
      await see(dialog(page, 'Create managed account'));
    },
  },
  { name: 'Deactivate account', at: '/accounts', open: byItem('Customer', 'Deactivate', 'Deactivate account') },
  {
    name: 'a managed account, with the band and the open switcher',
    at: world => `/members?account=${world.managed}`,
    open: async page => {
      await see(page.getByText('You act in the account'));
      await button(page, 'Switch account: Customer').click();
      await see(page.getByRole('menuitem', { name: 'Acme' }));
    },
  },
  {
    name: 'an account in which one can not act',
    at: '/members?account=acc_aaaaaaaaaaaaaaaaaaaa',
    open: heading('Not found'),
  },
  {
    name: 'Export events',
    at: '/audit-log',
    open: async page => {
      await button(page, 'Export').click();
      await see(page.getByRole('menuitem', { name: /CSV/ }));
    },
  },
  {
    name: 'Export events, under way',
    at: '/audit-log',
    open: async page => {
      await see(page.getByRole('table', { name: 'Events' }));
      // It never arrives.
      await page.route('**/v1/events?*', () => undefined, { times: 1 });
      await button(page, 'Export').click();
      await page.getByRole('menuitem', { name: /CSV/ }).click();
      await see(dialog(page, 'Export events').getByRole('status'));
    },
  },
  ...PERMISSION_PLACES,
  ...VERIFIER_PLACES,
  ...IMPORT_PLACES,
  ...EMPTY_PLACES,
  { name: 'members', at: '/members', open: table('Members') },
  {
    name: 'Invite a person',
    at: '/members',
    open: async page => {
      await button(page, 'Invite').click();
      await see(dialog(page, 'Invite a person'));
    },
  },
  {
    name: 'Invitation link',
    at: '/members',
    open: async page => {
      await button(page, 'Invite').click();
      await dialog(page, 'Invite a person').getByLabel('Name').fill('Somebody New');
      await page.getByLabel('E-mail').fill(`${crypto.randomUUID()}@acme.example`);
      await button(dialog(page, 'Invite a person'), 'Invite').click();
      await see(dialog(page, 'Invitation link'));
    },
  },
  { name: 'panel of a member: details', at: ({ member }) => `/members/${member}`, open: text('Access of this person') },
  {
    name: 'panel of a member: no access keys',
    at: ({ member }) => `/members/${member}/access-keys`,
    open: text('No access keys yet'),
  },
  {
    name: 'Remove member, over the panel',
    at: ({ member }) => `/members/${member}`,
    open: async page => {
      await button(dialog(page, 'Acme member'), 'Remove').click();
      await see(dialog(page, 'Remove member'));
    },
  },
  { name: 'service accounts', at: '/service-accounts', open: table('Service accounts') },
  {
    name: 'Create service account',
    at: '/service-accounts',
    open: async page => {
      await button(page, 'Create service account').click();
      await see(dialog(page, 'Create service account'));
    },
  },
  {
    name: 'panel of a service account: details',
    at: world => `/service-accounts/${world.serviceAccount}`,
    open: page => see(button(dialog(page, 'Acme robot'), 'Save')),
  },
  {
    name: 'panel of a service account: access keys',
    at: world => `/service-accounts/${world.serviceAccount}/access-keys`,
    open: page => see(row(dialog(page, 'Acme robot'), 'Access keys', 'a key of a robot')),
  },
  {
    name: 'panel of a key over that of a service account',
    at: world => `/service-accounts/${world.serviceAccount}/access-keys`,
    open: async page => {
      await row(page, 'Access keys', 'a key of a robot').getByRole('link').click();
      await see(dialog(page, 'a key of a robot').getByText('No use was recorded.'));
      await see(dialog(page, 'a key of a robot').getByText('Create an access key'));
    },
  },
  {
    name: 'audit log with the details of an event',
    at: '/audit-log',
    open: async page => {
      await row(page, 'Events', 'deactivateAccessKey').first().getByRole('button').click();
      await see(page.getByRole('term').filter({ hasText: 'Hash' }));
    },
  },
  {
    name: 'audit log of one actor',
    at: ({ member }) => `/audit-log?actor=${member}`,
    open: page => see(button(page, 'Clear Actor')),
  },
  {
    name: 'Check the chain',
    at: '/audit-log',
    open: async page => {
      await button(page, 'Check the chain').click();
      await see(dialog(page, 'Check the chain').getByRole('status').filter({ hasText: 'intact' }));
    },
  },
  {
    name: 'settings: account, with a limit that is wrong',
    at: '/settings',
    open: async page => {
      await see(page.getByLabel('Account name'));
      await button(page, 'Add rate limit').click();
      await button(page, 'Add quota').click();
      await page.getByRole('group', { name: 'Rate limit 1' }).getByLabel('Uses').fill('0');
      await button(page, 'Save limits').click();
      await see(page.getByText('Must be at least 1'));
    },
  },
  {
    name: 'settings: key policy, changed',
    at: '/settings/key-policy',
    open: async page => {
      await button(page, 'Save').click();
      await see(page.getByText('The key policy was changed.'));
    },
  },
  {
    name: 'Sign out everywhere',
    at: '/profile/sessions',
    open: async page => {
      await button(page, 'Sign out everywhere').click();
      await see(dialog(page, 'Sign out everywhere'));
    },
  },
];
