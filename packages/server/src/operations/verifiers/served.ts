import { BUILT_IN_API, type Facts, type GrantSets, KeywrightError, type ProvableFacts } from '@keywright/core';
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
  return servedWith(context, callerOf(context).key);
}

/** The same by what its credential is granted in the database, for who keeps what it is told: this node may not have heard yet that this has changed. */
export async function servedNow(context: ReadContext): Promise<Served> {
  const { key } = callerOf(context);
  const now = key && (await context.app.store.findFacts(key.key));
  if (key !== undefined && now === undefined) throw new KeywrightError('unauthenticated');
  return servedWith(context, now);
}

function servedWith(context: ReadContext, key: Facts | undefined): Served {
  const apis = key?.permission === 'restricted' ? Object.keys(key.grants).filter(api => api !== BUILT_IN_API) : [];
  const { account } = callerOf(context);
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
