import { BUILT_IN_API, type GrantSets, type ProvableFacts } from '@keywright/core';
import type { Api } from '@keywright/store';
import { callerOf, type ReadContext } from '../../context.ts';

/** What a verifier may know of: keys of its account and project, and of grants those at its APIs. */
export interface Served {
  account: string;
  project: string | undefined;
  /** Undefined for all. A credential whose own grants name APIs serves just these. */
  apis: ReadonlySet<string> | undefined;
}

export function servedBy(context: ReadContext): Served {
  const { account, key } = callerOf(context);
  const apis = key?.permission === 'restricted' ? Object.keys(key.grants).filter(api => api !== BUILT_IN_API) : [];
  return { account, project: context.project, apis: apis.length > 0 ? new Set(apis) : undefined };
}

/** The facts as the verifier may see them; undefined for keys that can do nothing where it serves. */
export function visibleFacts({ account, project, apis }: Served, facts: ProvableFacts): ProvableFacts | undefined {
  if (facts.account.id !== account || (project !== undefined && facts.project !== project)) return undefined;
  if (apis === undefined || facts.permission !== 'restricted') return facts;
  const grants: GrantSets = Object.fromEntries(Object.entries(facts.grants).filter(([api]) => apis.has(api)));
  return Object.keys(grants).length === 0 ? undefined : { ...facts, grants };
}

export function isVisibleApi({ project, apis }: Served, api: Api): boolean {
  if (apis !== undefined && !apis.has(api.id)) return false;
  return project === undefined || api.project === null || api.project === project;
}
