import { randomBytes } from 'node:crypto';
import { formatToken, type KeyId, newKeyId, newSecret } from '@keywright/core';
import { run } from '@keywright/server';
import { managing } from '../operations/acting.ts';
import { callOf, makeKey } from '../support/app.ts';
import { apiKey, basic, bearer, type Question } from './ask.ts';
import type { NewKey } from './rights.ts';
import type { Stand } from './stand.ts';

const HOUR_MS = 3_600_000;

/** What is asked, what comes back, and of which gateway. */
export interface Refused {
  reason: string;
  status: 401 | 403;
  question: Question;
  port?: number;
}

/** A refusal for each reason that facts give, each but for that reason a good key. Two of them need an hour to pass. */
export async function refusedByFacts(stand: Stand): Promise<Refused[]> {
  const later = (hours: number) => new Date(stand.keywright.clock.at + hours * HOUR_MS).toISOString();
  const [inactive, deleted] = [await stand.create(), await stand.create()];
  for (const { key } of [inactive, deleted]) await stand.run('deactivateAccessKey', { key });
  await stand.run('deleteAccessKey', { key: deleted.key });
  const good = await stand.create();
  const project = (await stand.run('createProject', { name: 'Reasons' })).id;
  const refused = (reason: string, status: 401 | 403, { token }: NewKey, more: Question = {}, port?: number) => ({
    reason,
    status,
    question: { headers: [bearer(token)], ...more },
    ...(port === undefined ? {} : { port }),
  });
  const { key: restricted, port } = await stand.restricted();
  return [
    refused('unknown', 401, deleted),
    refused('inactive', 401, inactive),
    refused('not_yet_valid', 401, await stand.create({ notBefore: later(3) })),
    refused('expired', 401, await stand.create({ expiresAt: later(0.5) })),
    refused('owner_inactive', 401, await ofInactiveOwner(stand)),
    refused('account_inactive', 401, await ofInactiveAccount(stand)),
    refused('network_not_allowed', 403, await stand.create({ networks: ['192.0.2.0/24', '127.0.0.2'] })),
    refused('project_mismatch', 403, await stand.create({ project })),
    refused('project_mismatch', 403, good, {}, await stand.at(`/projects/${project}`)),
    refused('permission_denied', 403, await stand.create({ permission: 'read_only' }), { method: 'POST' }),
    refused('permission_denied', 403, restricted, { path: '/admin' }, port),
    refused('permission_denied', 403, restricted, { path: '/orders/7' }),
  ];
}

async function ofInactiveOwner(stand: Stand): Promise<NewKey> {
  const { id } = await stand.run('createServiceAccount', { name: 'Robot' });
  const key = await stand.create({ owner: id });
  await stand.run('deactivateServiceAccount', { serviceAccount: id });
  return key;
}

async function ofInactiveAccount(stand: Stand): Promise<NewKey> {
  const { id } = await stand.run('createManagedAccount', { name: 'Customer' });
  const { app } = stand.keywright;
  const manager = managing(id, stand.account.callers.owner);
  const robot = await run(app, 'createServiceAccount', { name: 'Robot' }, callOf(manager));
  const key = await makeKey(app, manager, { owner: robot.id });
  await stand.run('deactivateAccount', { account: id });
  return stand.know(key);
}

/** Headers that carry no good key, and the reason: all that look-ups are not even asked for, and two that no table holds. */
export function refusedByCarrier({ key, secret, token }: NewKey, other: NewKey): [string, [string, string][]][] {
  const id = newKeyId(randomBytes);
  const unknown = formatToken('kw', id, newSecret(id, randomBytes)).reveal();
  const wrong = formatToken('kw', key as KeyId, newSecret(key as KeyId, randomBytes)).reveal(); // a key that was made
  return [
    ['malformed', []],
    ['unknown', [bearer(unknown)]],
    ['unknown', [bearer(wrong)]],
    ['unknown', [basic(key, wrong.slice(-40))]],
    ['malformed', [basic(key, `${secret.slice(0, -1)}!`)]],
    ['malformed', [basic(key, secret.toLowerCase())]],
    ['malformed', [basic(key, '')]],
    ['malformed', [basic('', secret)]],
    ['malformed', [['Authorization', '']]],
    ['malformed', [['Authorization', 'Basic']]],
    ['malformed', [['Authorization', 'Basic !!!!']]],
    ['malformed', [['Authorization', `Digest ${token}`]]],
    ['malformed', [['Authorization', token]]],
    ['malformed', [apiKey('\u00ff\u00fe garbage')]],
    ['malformed', [apiKey(`${token} `.repeat(20))]],
    ['malformed', [bearer(token), apiKey(token)]],
    ['malformed', [basic(key, secret), apiKey(other.token)]],
    ['malformed', [apiKey(token), apiKey(token)]],
    ['malformed', [apiKey(token), ['x-api-key', 'other']]],
  ];
}
