import type { Place } from './places.ts';
import { see } from './steps.ts';

/** What stands where there is nothing yet, and what to do first: a managed account has nothing in the beginning. */
const EMPTY: [path: string, title: string][] = [
  ['/api-and-keys', 'No access keys yet'],
  ['/projects', 'No projects yet'],
  ['/apis', 'No API of your own yet'],
  ['/members', 'No members yet'],
  ['/service-accounts', 'No service accounts yet'],
];

export const EMPTY_PLACES: readonly Place[] = EMPTY.map(([path, title]) => ({
  name: `${title}: ${path}`,
  at: ({ managed }) => `${path}?account=${managed}`,
  open: page => see(page.getByText(title)),
}));
