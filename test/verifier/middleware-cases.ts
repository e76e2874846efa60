import type { OutputOf } from '@keywright/contract';
import type { MiddlewareOptions } from '@keywright/verifier/fetch';
import type { Question } from '../gateways/ask.ts';
import { GIVEN } from '../gateways/rights.ts';
import type { VerifierWorld } from './world.ts';

export type NewKey = OutputOf<'createAccessKey'>;
export type KeyName = keyof Awaited<ReturnType<typeof makeKeys>>;

/** The key, the request, and how it ends: it passes, or status and code. */
type Row = [what: string, key: KeyName | 'none', asks: `${string} /${string}`, ends: 'passes' | `${number} ${string}`];

/** Behind the one line that users write. */
export const ROWS: Row[] = [
  ['a good key', 'good', 'GET /orders/7', 'passes'],
  ['a good key, writing anywhere', 'good', 'DELETE /x/y', 'passes'],
  ['a restricted key at its endpoint', 'restricted', 'GET /orders/7', 'passes'],
  ['a query that names another', 'restricted', 'GET /orders/7?/admin', 'passes'],
  ['HEAD where it may GET', 'restricted', 'HEAD /orders/7', 'passes'],
  ['OPTIONS where it may GET', 'restricted', 'OPTIONS /orders/7', '403 permission_denied'],
  ['OPTIONS of who may read', 'reading', 'OPTIONS /orders/7', 'passes'],
  ['another method', 'restricted', 'POST /orders/7', '403 permission_denied'],
  ['another path', 'restricted', 'GET /admin', '403 permission_denied'],
  ['another path, HEAD', 'restricted', 'HEAD /admin', '403 permission_denied'],
  ['a key for another path', 'other', 'GET /orders/7', '403 permission_denied'],
  ['writing with a key that reads', 'reading', 'POST /orders', '403 permission_denied'],
  ['a key from its network', 'local', 'GET /orders/7', 'passes'],
  ['a key from elsewhere', 'foreign', 'GET /orders/7', '403 network_not_allowed'],
  ['a key of a project', 'ofProject', 'GET /orders/7', '403 project_mismatch'],
  ['a deactivated key', 'inactive', 'GET /orders/7', '401 inactive'],
  ['a deleted key', 'deleted', 'GET /orders/7', '401 unknown'],
  ['a key before its time', 'early', 'GET /orders/7', '401 not_yet_valid'],
  ['a key after its time', 'expired', 'GET /orders/7', '401 expired'],
  ['a key of a deactivated owner', 'ofInactive', 'GET /orders/7', '401 owner_inactive'],
  ['no key', 'none', 'GET /orders/7', '401 malformed'],
  ['no key, HEAD', 'none', 'HEAD /orders/7', '401 malformed'],
  ['no key, a path that is not there', 'none', 'GET /nowhere', '401 malformed'],
];

/** With options besides the API; `PROJECT` stands for the one of `ofProject`. */
export const ROWS_WITH: [options: MiddlewareOptions, rows: Row[]][] = [
  [
    { endpoint: 'orders.read' },
    [
      ['an endpoint by its name', 'restricted', 'GET /else', 'passes'],
      ['an endpoint by its name, another key', 'other', 'GET /admin', '403 permission_denied'],
    ],
  ],
  [{ endpoint: 'GET /orders/{id}' }, [['an endpoint by its template', 'restricted', 'POST /else', 'passes']]],
  [{ endpoint: 'GET /admin' }, [['an endpoint not given', 'restricted', 'GET /orders/7', '403 permission_denied']]],
  [
    { endpoint: 'orders.raed' },
    [
      ['a name of no endpoint', 'restricted', 'GET /orders/7', '403 permission_denied'],
      ['a name of no endpoint counts as writing', 'reading', 'GET /orders/7', '403 permission_denied'],
    ],
  ],
  [{ api: undefined }, [['no API, a restricted key', 'restricted', 'GET /orders/7', '403 permission_denied']]],
  [
    { project: 'PROJECT' },
    [
      ['a key of the project', 'ofProject', 'GET /orders/7', 'passes'],
      ['a key of no project at one', 'good', 'GET /orders/7', '403 project_mismatch'],
    ],
  ],
  [
    { optional: true },
    [
      ['optional, no key', 'none', 'POST /orders', 'passes'],
      ['optional, a good key', 'restricted', 'GET /orders/7', 'passes'],
      ['optional, a dead key', 'inactive', 'GET /orders/7', '401 inactive'],
      ['optional, a key without the right', 'other', 'GET /orders/7', '403 permission_denied'],
    ],
  ],
];

/** Another scheme, or nothing at all in a header for keys, is no anonymous request. */
export const BAD_CARRIERS: Question[] = [
  { headers: [['Authorization', '']] },
  { headers: [['X-API-Key', '']] },
  { headers: [['Authorization', 'Digest username="x"']] },
  { headers: [['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x']] },
];

const HOUR_MS = 3_600_000;

/** A key for each row. To make one that has expired, the server's clock stands an hour back for a moment. */
export async function makeKeys({ act, server }: VerifierWorld, api: string, project: string) {
  const create = (input = {}) => act('createAccessKey', input);
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const { id: owner } = await act('createServiceAccount', { name: 'Robot' });
  const keys = {
    good: await create({ name: 'Till' }),
    restricted: await create({ grants: { [api]: [GIVEN] } }),
    other: await create({ grants: { [api]: ['GET /admin'] } }),
    reading: await create({ permission: 'read_only' }),
    local: await create({ networks: ['127.0.0.1'] }),
    foreign: await create({ networks: ['192.0.2.0/24', '127.0.0.2'] }),
    ofProject: await create({ project }),
    inactive: await create(),
    deleted: await create(),
    early: await create({ notBefore: at(HOUR_MS) }),
    ofInactive: await create({ owner }),
  };
  for (const { key } of [keys.inactive, keys.deleted]) await act('deactivateAccessKey', { key });
  await act('deleteAccessKey', { key: keys.deleted.key });
  await act('deactivateServiceAccount', { serviceAccount: owner });
  server.clock.at -= HOUR_MS;
  const expired = await create({ expiresAt: at(-HOUR_MS / 2) });
  server.clock.at += HOUR_MS;
  return { ...keys, expired };
}
