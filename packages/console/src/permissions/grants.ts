import type { Grant, Grants } from '@keywright/core';

/** What a restricted key may do at one API, as people choose it. */
export const API_CHOICES = ['none', 'restricted', 'read_write', 'read_only'] as const;
export type ApiChoice = (typeof API_CHOICES)[number];

/** The grant of one API; one that came from nowhere, such as `constructor`, is none. */
export function grantOf(grants: Grants, api: string): Grant | undefined {
  return Object.hasOwn(grants, api) ? grants[api] : undefined;
}

export function choiceOf(grant: Grant | undefined): ApiChoice {
  if (grant === undefined) return 'none';
  return typeof grant === 'string' ? grant : 'restricted';
}

/** The grants after that choice; no endpoint is given by choosing *Restricted*. */
export function withChoice(grants: Grants, api: string, choice: ApiChoice): Grants {
  if (choice === 'none') return without(grants, api);
  return { ...grants, [api]: choice === 'restricted' ? [] : choice };
}

export function withEndpoints(grants: Grants, api: string, endpoints: readonly string[]): Grants {
  return { ...grants, [api]: [...endpoints] };
}

/** The list with these put in or taken out. */
export function toggled(chosen: readonly string[], ids: readonly string[], on: boolean): string[] {
  const concerned = new Set(ids);
  const rest = chosen.filter(id => !concerned.has(id));
  return on ? [...rest, ...ids] : rest;
}

/** The same grants in one spelling, so that two ways to the same choice compare as equal. */
export function spelled(grants: Grants): string {
  const entries = Object.entries(grants).map(([api, grant]) => [
    api,
    typeof grant === 'string' ? grant : grant.toSorted(),
  ]);
  return JSON.stringify(entries.sort(([a], [b]) => String(a).localeCompare(String(b))));
}

function without(grants: Grants, api: string): Grants {
  return Object.fromEntries(Object.entries(grants).filter(([id]) => id !== api));
}
