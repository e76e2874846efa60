import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { InputOf } from '@keywright/contract';
import { DAY_MS } from '@keywright/core';
import { run, runDaily } from '@keywright/server';
import { connectVerifier } from '../operations/world.ts';
import { callOf, makeAccount, makeKey, renewSessions, type TestApp } from '../support/app.ts';
import type { World } from './places.ts';
import { statusOf } from './steps.ts';

const NOTICED_DAYS = 29;

const LIMITED: InputOf<'createAccessKey'> = {
  name: 'a limited key',
  rateLimits: [{ name: 'steady', max: 1, perSeconds: 60, burst: 100 }],
  quotas: [{ name: 'monthly', max: 1000, per: 'month', timeZone: 'Europe/Berlin' }],
};

/** An account with something in every list, and a key in every state. */
export async function fill({ app, clock, url }: TestApp, empty: TestApp): Promise<World> {
  // So long ago that by now the owners of these two keys were told.
  clock.at -= NOTICED_DAYS * DAY_MS;
  const acme = await makeAccount(app, 'Acme');
  const { owner, member } = acme.callers;
  const as = callOf(owner);
  await run(app, 'updateKeyPolicy', { idleDaysMax: NOTICED_DAYS + 1 }, as);
  const forgotten = await makeKey(app, owner, { name: 'a forgotten key' });
  const expiresAt = new Date(clock.at + (NOTICED_DAYS + 1) * DAY_MS).toISOString();
  const expiring = await makeKey(app, owner, { name: 'an expiring key', expiresAt });
  clock.at += NOTICED_DAYS * DAY_MS;
  await runDaily(app, clock.at);
  await renewSessions(app, acme);
  const soon = new Date(clock.at + 1000).toISOString();
  const active = await makeKey(app, owner, { name: 'an active key', tags: ['production'], networks: ['127.0.0.0/8'] });
  await makeKey(app, owner, { name: 'an expired key', expiresAt: soon });
  await makeKey(app, owner, { name: 'a key for later', notBefore: new Date(clock.at + DAY_MS).toISOString() });
  await makeKey(app, owner, { permission: 'read_only' });
  const limited = await makeKey(app, owner, LIMITED);
  const inactive = await makeKey(app, owner, { name: 'an inactive key' });
  await run(app, 'deactivateAccessKey', { key: inactive.key }, as);
  await makeKey(app, owner, { name: 'a key of a robot', owner: acme.serviceAccount });
  await makeKey(app, owner, { name: 'a key for a receipt' });
  const edge = await connectVerifier(app, acme.id, null, { name: 'edge 1', staleMaxMs: DAY_MS });
  app.followers.acknowledge({ account: acme.id, by: owner.owner.id }, edge, {
    lagMs: 3,
    entries: 1200,
    hitRate: 0.998,
  });
  await connectVerifier(app, acme.id, null, { name: 'stubborn gateway', staleMaxMs: 2000, onStale: 'serve' });
  const project = await run(app, 'createProject', { name: 'Shop', description: 'What customers see.' }, as);
  await makeKey(app, owner, { name: 'a key of the project', project: project.id });
  const managed = await run(app, 'createManagedAccount', { name: 'Customer' }, as);
  const rows = [{ owner: owner.owner.id, secret: 'from-another-system-1234', name: 'a legacy key' }];
  await run(app, 'importAccessKeys', { rows }, as);
  const [legacy] = (await run(app, 'listAccessKeys', { text: 'a legacy key' }, as)).items;
  const api = await run(app, 'createApi', { name: 'Orders', description: 'The orders of the shop.' }, as);
  for (const method of ['GET', 'POST'] as const) {
    await run(app, 'createEndpoint', { api: api.id, method, path: '/orders', summary: 'Orders', tag: 'orders' }, as);
  }
  await makeKey(app, owner, {
    name: 'a restricted key',
    permission: 'restricted',
    grants: { [api.id]: ['GET /orders'] },
  });
  clock.at += 2000;
  assert.equal(await statusOf(url, active), 200);
  for (let n = 0; n < 2; n++) assert.equal(await statusOf(url, limited), 200);
  await app.uses.flush();
  const invited = await run(app, 'inviteMember', { name: 'Lin', email: 'lin@acme.example', role: 'viewer' }, as);
  const token = empty.app.setupToken.issue(randomBytes).reveal();
  return {
    owner: owner.owner.id,
    member: member.owner.id,
    serviceAccount: acme.serviceAccount,
    project: project.id,
    managed: managed.id,
    key: active.key,
    limitedKey: limited.key,
    forgottenKey: forgotten.key,
    expiringKey: expiring.key,
    legacyKey: legacy?.key ?? '',
    api: api.id,
    invitation: invited.invitation,
    setup: `${empty.url}/setup#token=${token}`,
    emptyServer: empty.url,
  };
}
