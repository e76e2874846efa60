import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILT_IN_API, limits } from '@keywright/core';
import type { RemoteVerifier } from '@keywright/verifier';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { countingFetch, inventedToken, VERIFIER_ENDPOINTS, verdictOf, verifierWorld } from './world.ts';

const FLOOD = limits.floodKeysMin + limits.floodAskedASecond;
/** Of those that are asked for, some are asked for in each of the seconds that a slow machine takes. */
const ASKED_MAX = 10 * limits.floodAskedASecond;

const verdictsOf = (verifier: RemoteVerifier, tokens: readonly string[]) =>
  Promise.all(tokens.map(token => verdictOf(() => verifier.verify(token))));

const invented = (count: number) => Array.from({ length: count }, () => inventedToken());

const flood = (verifier: RemoteVerifier, count: number) => verdictsOf(verifier, invented(count));

async function flooded(verifier: RemoteVerifier): Promise<void> {
  await verifier.ready();
  await until(async () => {
    await flood(verifier, FLOOD);
    return verifier.health().refusedUnasked > 0;
  });
}

/** Nothing is refused unasked by who has heard nothing for a while. */
const heardLately = (verifier: RemoteVerifier) =>
  until(() => (verifier.health().staleMs ?? Number.POSITIVE_INFINITY) < limits.staleMsMin / 4);

test('a flood of invented keys stops at the application; keys that exist, or are made meanwhile, pass', async () => {
  await using world = await verifierWorld();
  const there = await world.act('createAccessKey', {});
  const fetching = countingFetch();
  const verifier = world.verifier({ fetch: fetching.fetch });
  const tokens = invented(5000);
  await flooded(verifier);
  await heardLately(verifier);
  const askedFor = () => fetching.bodies('facts').flatMap(body => (body as { keys?: string[] }).keys ?? []).length;
  const [before, unasked] = [askedFor(), verifier.health().refusedUnasked];
  assert.deepEqual([...new Set(await verdictsOf(verifier, tokens))], ['unknown']);
  assert.ok(askedFor() - before <= ASKED_MAX, `${askedFor() - before} were asked for`);
  assert.ok(verifier.health().refusedUnasked - unasked >= 5000 - ASKED_MAX);
  assert.equal(fetching.count('keys'), 1);
  assert.equal(await verdictOf(() => verifier.verify(there.token)), 'allowed');

  const made = await world.act('createAccessKey', {});
  await until(async () => {
    await flood(verifier, FLOOD); // so that those few which are asked for anyway are others
    return (await verdictOf(() => verifier.verify(made.token))) === 'allowed';
  });
  await world.act('deactivateAccessKey', { key: made.key, wait: 'all' });
  assert.equal(await verdictOf(() => verifier.verify(made.token)), 'inactive');
});

test('once nothing is heard of changes, an invented key may be one that was made meanwhile', async () => {
  await using world = await verifierWorld();
  await using proxy = await TcpProxy.start(world.server.url);
  const verifier = world.verifier({ server: proxy.url, staleMaxMs: 60_000 });
  const tokens = invented(5000);
  await flooded(verifier);
  await heardLately(verifier);
  await verdictsOf(verifier, tokens);
  const { refusedUnasked } = verifier.health();
  proxy.refuse();
  await until(() => (verifier.health().staleMs ?? 0) > limits.staleMsMin);
  const unavailable = (await verdictsOf(verifier, tokens)).filter(verdict => verdict === 'unavailable').length;
  // Of some the server has said that they do not exist.
  assert.ok(unavailable >= 5000 - ASKED_MAX, `${unavailable}`);
  assert.deepEqual([verifier.health().stale, verifier.health().refusedUnasked], [false, refusedUnasked]);
});

test('without the permission to list keys it asks for each', async () => {
  await using world = await verifierWorld();
  const grants = { [BUILT_IN_API]: VERIFIER_ENDPOINTS.filter(endpoint => endpoint !== 'GET /v1/verifiers/keys') };
  const { token: credential } = await world.act('createAccessKey', {
    owner: world.verifierOwner,
    permission: 'restricted',
    grants,
  });
  const fetching = countingFetch();
  const verifier = world.verifier({ credential, fetch: fetching.fetch });
  await verifier.ready();
  await flood(verifier, FLOOD);
  await until(() => verifier.health().listingError !== null);
  assert.deepEqual([...new Set(await flood(verifier, 2 * FLOOD))], ['unknown']);
  const { refusedUnasked, listingError } = verifier.health();
  assert.deepEqual([refusedUnasked, fetching.count('keys')], [0, 1]);
  assert.match(listingError ?? '', /permission/i);
});
