import { actingAccount } from '../api/client.ts';

/** One for each account, and for each tab of the browser. */
const place = () => `keywright-project-${actingAccount() ?? 'own'}`;

/** The project that the person was in last, where *API & Keys* leads. */
export const lastProject = (): string | undefined => sessionStorage.getItem(place()) ?? undefined;

export function rememberProject(project: string | undefined): void {
  if (project === undefined) sessionStorage.removeItem(place());
  else sessionStorage.setItem(place(), project);
}
