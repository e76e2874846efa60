import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { DATABASES, makeAccount, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { acting, refusal } from './acting.ts';
import { connectVerifier } from './world.ts';

/** So slow that nothing comes back while a test runs. */
const RATE = { name: 'slow', max: 1, perSeconds: 2_000_000, burst: 50 };
const QUOTA = { name: 'monthly', max: 100, per: 'month', timeZone: 'UTC' } as const;

for (const kind of DATABASES) {
  describe(`leaseUses on ${kind}`, () => {
    const opened = new AsyncDisposableStack();
    let server: TestApp;
    let home: TestAccount;
    let foreign: TestAccount;
    before(async () => {
      server = opened.use(await startTestApp(kind));
      home = await makeAccount(server.app, 'Acme');
      foreign = await makeAccount(server.app, 'Zanzibar');
    });
    after(() => opened.disposeAsync());

    async function leasing({ id, callers }: TestAccount) {
      const act = acting(server.app, callers.owner);
      const verifier = await connectVerifier(server.app, id);
      return (input: Partial<InputOf<'leaseUses'>>) => act('leaseUses', { verifier, ...input });
    }

    async function limitedKey() {
      const act = acting(server.app, home.callers.owner);
      const { key } = await act('createAccessKey', { rateLimits: [RATE], quotas: [QUOTA] });
      const left = async () => (await act('getLimits', { key })).limits.map(({ remaining }) => remaining);
      return { key, left };
    }

    test('grants what is wanted, or what there is, or what is needed, or nothing', async () => {
      const lease = await leasing(home);
      const { key } = await limitedKey();
      const ask = async (needed: number, wanted: number) => {
        const { leases } = await lease({ leases: [{ key, needed, wanted }] });
        const [one] = leases;
        return [one?.granted, one?.lease !== null, one?.refused, one?.limits.map(({ remaining }) => remaining)];
      };
      assert.deepEqual(await ask(1, 1), [1, false, null, [49, 99]]);
      assert.deepEqual(await ask(1, 40), [40, true, null, [9, 59]]);
      assert.deepEqual(await ask(10, 20), [0, false, 'rate_limited', [9, 59]]);
      assert.deepEqual(await ask(2, 20), [9, true, null, [0, 50]]);
      assert.deepEqual(await ask(1, 20), [0, false, 'rate_limited', [0, 50]]);
    });

    test('takes back what was not used, once, and of its own account only', async () => {
      const lease = await leasing(home);
      const leaseElsewhere = await leasing(foreign);
      const { key, left } = await limitedKey();
      const [one] = (await lease({ leases: [{ key, needed: 1, wanted: 10 }] })).leases;
      const ended = [{ lease: one?.lease ?? '', unused: 7 }];
      await leaseElsewhere({ ended });
      assert.deepEqual(await left(), [40, 90]);
      await lease({ ended });
      assert.deepEqual(await left(), [47, 97]);
      await lease({ ended });
      assert.deepEqual(await left(), [47, 97]);
    });

    test('takes back no more than was leased', async () => {
      const lease = await leasing(home);
      const { key, left } = await limitedKey();
      const first = (await lease({ leases: [{ key, needed: 1, wanted: 10 }] })).leases[0]?.lease ?? '';
      await lease({ leases: [{ key, needed: 10, wanted: 10 }] });
      await lease({ ended: [{ lease: first, unused: 20 }] });
      assert.deepEqual(await left(), [40, 90]);
    });

    test('of a rate takes back only what has not leaked since', async () => {
      const lease = await leasing(home);
      const act = acting(server.app, home.callers.owner);
      const { key } = await act('createAccessKey', { rateLimits: [{ name: 'steady', max: 10, perSeconds: 1 }] });
      server.clock.at = server.app.now();
      const lent = (await lease({ leases: [{ key, needed: 1, wanted: 10 }] })).leases[0]?.lease ?? '';
      server.clock.at += 600;
      await lease({ leases: [{ key, needed: 6, wanted: 6 }] });
      await lease({ ended: [{ lease: lent, unused: 10 }] });
      const left = (await act('getLimits', { key })).limits.map(({ remaining }) => remaining);
      assert.deepEqual(left, [4]);
    });

    test('what comes back too late is spent', async () => {
      const lease = await leasing(home);
      const { key, left } = await limitedKey();
      const late = (await lease({ leases: [{ key, needed: 1, wanted: 10 }] })).leases[0]?.lease ?? '';
      server.clock.at = server.app.now() + limits.leaseReturnMs;
      await lease({ ended: [{ lease: late, unused: 10 }] });
      assert.deepEqual(await left(), [40, 90]);
    });

    test('keys of other accounts are left out, as those that are none', async () => {
      const lease = await leasing(foreign);
      const { key, left } = await limitedKey();
      const { leases } = await lease({ leases: [{ key, needed: 1, wanted: 10 }] });
      assert.deepEqual(leases, []);
      assert.deepEqual(await left(), [50, 100]);
    });

    test('to want less than is needed is a mistake', async () => {
      const lease = await leasing(home);
      const { key } = await limitedKey();
      await refusal(lease({ leases: [{ key, needed: 2, wanted: 1 }] }), 'invalid_value', 'leases.0.wanted');
    });
  });
}
