import type { KeyFacts, OutputOf } from '@keywright/contract';
import { grantLists, type ProvableFacts } from '@keywright/core';
import { type Api, allEndpoints, type Db } from '@keywright/store';
import { timeOrNull } from '../../times.ts';
import { presentLimits } from '../limits/present-limits.ts';

type PresentedApi = OutputOf<'readFacts'>['apis'][number];

export function presentFacts(facts: ProvableFacts): KeyFacts {
  return {
    ...facts,
    digest: Buffer.from(facts.digest, 'latin1').toString('base64url'),
    notBefore: timeOrNull(facts.notBefore),
    expiresAt: timeOrNull(facts.expiresAt),
    grants: mutable(grantLists(facts.grants)),
    networks: facts.networks.map(network => network.text),
    limits: facts.limits.map(held => ({ of: held.of, ...presentLimits(held) })),
  };
}

export async function apiFactsOf(db: Db, { id, account, project }: Api): Promise<PresentedApi> {
  const endpoints = await allEndpoints(db, id);
  return {
    id,
    account,
    project,
    endpoints: endpoints.map(({ id, name, method, path, reads }) => ({ id, name, method, path, reads })),
  };
}

function mutable(grants: ReturnType<typeof grantLists>): KeyFacts['grants'] {
  return Object.fromEntries(
    Object.entries(grants).map(([api, grant]) => [api, typeof grant === 'string' ? grant : [...grant]]),
  );
}
