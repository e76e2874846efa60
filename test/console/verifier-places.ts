import type { Place } from './places.ts';
import { button, choose, dialog, INCOMPLETE, row, see } from './steps.ts';

const TABLE = 'Verifiers';

/** Who decides about keys, and who has heard of a change. */
export const VERIFIER_PLACES: readonly Place[] = [
  {
    name: 'settings: verifiers, one of them silent',
    at: '/settings/verifiers',
    open: async page => {
      await see(row(page, TABLE, 'edge 1').getByText('Connected'));
      await see(row(page, TABLE, 'stubborn gateway').getByText('Silent'));
    },
  },
  {
    name: 'settings: nodes, of which there is one',
    at: '/settings/nodes',
    open: async page => {
      await see(row(page, 'Nodes', 'answers you').getByText('Connected'));
      await see(page.getByRole('heading', { name: 'More than one node' }));
    },
  },
  {
    name: 'settings: no verifiers yet',
    at: world => `/settings/verifiers?account=${world.managed}`,
    open: page => see(page.getByRole('heading', { name: 'No verifiers yet' })),
  },
  {
    name: 'Create access key, prepared for a verifier',
    at: '/settings/verifiers',
    open: async page => {
      await button(page, 'Create access key').click();
      await see(dialog(page, 'Create access key').getByText(/^Keywright: \d+ of \d+ endpoints/));
    },
  },
  {
    name: 'a receipt that is on its way, and then names who is missing',
    at: '/api-and-keys',
    open: async page => {
      await choose(page, 'a key for a receipt', 'Deactivate');
      const asked = dialog(page, 'Deactivate access key');
      await button(asked, 'Deactivate').click();
      await see(asked.getByText(/Waiting for edge 1, stubborn gateway/));
      await asked.getByText(/2 of 3 did not answer/).waitFor(INCOMPLETE);
      await button(asked, 'Who acknowledged').click();
      await see(asked.getByRole('listitem'));
    },
  },
];
