import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { Receipt } from '@keywright/contract';
import { limits, newId } from '@keywright/core';
import { run } from '@keywright/server';
import { allVerifiers, deleteVerifier, saveVerifier } from '@keywright/store';
import { callOf, DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { until } from '../support/until.ts';
import { acting, refusal } from './acting.ts';
import { connectVerifier, makeWorld, type World } from './world.ts';

/** A part of the verifiers that an account may have. */
const AT_ONCE = 50;

for (const kind of DATABASES) {
  describe(`receipts on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    const leave = (verifier: string) =>
      world.app.followers.leave({ account: world.home.id, by: world.home.callers.owner.owner.id }, verifier);
    const acknowledge = (verifier: string, sequence: number) =>
      acting(world.app, world.home.callers.owner)('acknowledgeChanges', { verifier, sequence });
    /** A node that comes late to its own change is missing, too: where it may be, it is not looked at. */
    const verifiersOf = (list: Receipt['missing']) => list.flatMap(({ kind, id }) => (kind === 'node' ? [] : id));
    const namesOf = (list: Receipt['missing']) => list.map(({ kind, id }) => (kind === 'node' ? 'node' : id));

    async function deactivate(waitMs: number): Promise<Receipt> {
      const { key } = await makeKey(world.app, world.home.callers.owner);
      const { receipt } = await acting(world.app, world.home.callers.owner)('deactivateAccessKey', {
        key,
        wait: 'all',
        waitMs,
      });
      assert.ok(receipt);
      return receipt;
    }

    test('without verifiers the node itself acknowledges, at once', async () => {
      const receipt = await deactivate(limits.receiptWaitMsMax);
      assert.equal(receipt.complete, true);
      assert.deepEqual(namesOf(receipt.acknowledged), ['node']);
      assert.deepEqual(receipt.missing, []);
    });

    test('there is a receipt only for who waits', async () => {
      const { key } = await makeKey(world.app, world.home.callers.owner);
      const answer = await acting(world.app, world.home.callers.owner)('deactivateAccessKey', { key });
      assert.equal('receipt' in answer, false);
    });

    test('a verifier that does not answer is named when the time is over, and the change stands', async () => {
      const verifier = await connectVerifier(world.app, world.home.id);
      const receipt = await deactivate(50);
      assert.equal(receipt.complete, false);
      assert.deepEqual(verifiersOf(receipt.missing), [verifier]);
      assert.ok(receipt.ms >= 45, `${receipt.ms} ms`);
      await leave(verifier);
    });

    test('one that acknowledges completes it, also a change that changed nothing', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const { key } = await makeKey(app, home.callers.owner);
      await owner('deactivateAccessKey', { key });
      const verifier = await connectVerifier(app, home.id);
      const again = owner('deactivateAccessKey', { key, wait: 'all' });
      await acknowledge(verifier, app.feed.sequence + 10);
      const { receipt } = await again;
      assert.equal(receipt?.complete, true);
      assert.deepEqual(namesOf(receipt.acknowledged).sort(), ['node', verifier].sort());
      await leave(verifier);
    });

    test('one that says to have seen more than there is knows no later change by that', async () => {
      const verifier = await connectVerifier(world.app, world.home.id);
      await acknowledge(verifier, Number.MAX_SAFE_INTEGER);
      const receipt = await deactivate(50);
      assert.deepEqual(verifiersOf(receipt.missing), [verifier]);
      await leave(verifier);
    });

    test('one that has followed another history knows no change of this one: it has to connect again', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const verifier = await connectVerifier(app, home.id);
      const waiting = deactivate(500);
      await until(() => app.followers.list({ account: home.id }).length > 1);
      const { sequence, hash } = await owner('readChanges', {});
      const other = hash.replace(/^./, digit => (digit === '0' ? '1' : '0'));
      const said = { verifier, sequence, hash: other };
      await refusal(owner('acknowledgeChanges', said), 'not_found');
      await refusal(owner('acknowledgeChanges', { ...said, sequence: sequence + 1000, hash }), 'not_found');
      assert.deepEqual(verifiersOf((await waiting).missing), [verifier]);
      const here = { verifier, sequence, hash };
      assert.ok((await owner('acknowledgeChanges', here)).sequence >= sequence);
      await leave(verifier);
    });

    test('one that has left is not waited for', async () => {
      const verifier = await connectVerifier(world.app, world.home.id);
      const waiting = deactivate(limits.receiptWaitMsMax);
      await acting(world.app, world.home.callers.owner)('disconnectVerifier', { verifier });
      assert.equal((await waiting).complete, true);
    });

    test('one that has just joined at another process is waited for before anything was heard of it', async () => {
      const { app, home } = world;
      const verifier = newId('ver', randomBytes);
      const about = { name: null, version: null, onStale: 'refuse', staleMaxMs: limits.staleMsMax } as const;
      const by = home.callers.owner.owner.id;
      const joined = { id: verifier, account: home.id, project: null, ...about, connectedAt: app.now(), by };
      await app.store.transact(tx => saveVerifier(tx, joined, limits.followersPerAccountMax));
      assert.deepEqual(verifiersOf((await deactivate(2000)).missing), [verifier]);
      await leave(verifier);
      assert.equal((await deactivate(limits.receiptWaitMsMax)).complete, true);
    });

    test('one that fell silent has stopped deciding by the end of its lease; one that serves on has not', async () => {
      const { app, home } = world;
      const staleMaxMs = limits.staleMsMin;
      const silent = await connectVerifier(app, home.id, null, { staleMaxMs });
      const lapsed = await deactivate(limits.receiptWaitMsMax);
      assert.equal(lapsed.complete, true);
      assert.equal(lapsed.acknowledged.find(({ id }) => id === silent)?.lapsed, true);
      assert.ok(lapsed.ms < staleMaxMs + 5000, `${lapsed.ms} ms`);
      const stubborn = await connectVerifier(app, home.id, null, { staleMaxMs, onStale: 'serve' });
      const receipt = await deactivate(staleMaxMs + 200);
      assert.deepEqual(verifiersOf(receipt.missing), [stubborn]);
      await leave(stubborn);
    });

    test('nobody has stopped deciding because this process stood still', async () => {
      const staleMaxMs = limits.staleMsMin;
      const verifier = await connectVerifier(world.app, world.home.id, null, { staleMaxMs });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, staleMaxMs + 100);
      const receipt = await deactivate(100);
      assert.deepEqual(verifiersOf(receipt.missing), [verifier]);
      await leave(verifier);
    });

    // On SQLite they come one after the other.
    if (kind === 'postgres')
      test('an account has no more verifiers than it may, however many come at once', async () => {
        const { app, foreign } = world;
        const max = limits.followersPerAccountMax;
        const first = await connectVerifier(app, foreign.id);
        const [plain] = (await allVerifiers(app.store.db)).filter(({ id }) => id === first);
        assert.ok(plain);
        await app.store.transact(async tx => {
          for (let n = 1; n < max - AT_ONCE; n++) await saveVerifier(tx, { ...plain, id: `ver_${n}` }, max);
        });
        const coming = Array.from({ length: AT_ONCE + 5 }, () => connectVerifier(app, foreign.id));
        const refused = (await Promise.allSettled(coming)).filter(({ status }) => status === 'rejected');
        const kept = (await allVerifiers(app.store.db)).filter(({ account }) => account === foreign.id);
        assert.deepEqual([refused.length, kept.length], [5, max]);
        await app.store.transact(async tx => {
          for (const one of kept) await deleteVerifier(tx, one);
        });
        await until(() => app.followers.list({ account: foreign.id }).length === 1);
      });

    test('verifiers of other accounts are neither waited for nor named', async () => {
      const verifier = await connectVerifier(world.app, world.foreign.id);
      const receipt = await deactivate(limits.receiptWaitMsMax);
      assert.equal(receipt.complete, true);
      assert.ok(!JSON.stringify(receipt).includes(verifier));
      const { items } = await acting(world.app, world.home.callers.viewer)('listVerifiers', {});
      assert.ok(!items.some(({ id }) => id === verifier));
    });

    test('of an account that is managed its own verifiers are waited for, however often it is switched', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const { id: account } = await owner('createManagedAccount', { name: 'Customer' });
      const by = home.callers.owner.owner.id;
      const verifier = await connectVerifier(app, account, null, { by });
      for (const operation of ['deactivateAccount', 'activateAccount'] as const)
        for (const time of ['first', 'second']) {
          const { receipt } = await owner(operation, { account, wait: 'all', waitMs: 20 });
          assert.deepEqual(verifiersOf(receipt?.missing ?? []), [verifier], `${operation}, the ${time} time`);
        }
      await app.followers.leave({ account, by }, verifier);
    });

    test('a call that is repeated with the same Idempotency-Key may wait the second time', async () => {
      const owner = acting(world.app, world.home.callers.owner);
      const { id: api } = await owner('createApi', { name: 'Shop' });
      const endpoint = { api, method: 'GET', path: '/orders' } as const;
      const idempotencyKey = `endpoint of ${api}`.replaceAll(' ', '-');
      const first = await owner('createEndpoint', endpoint, { idempotencyKey });
      const { receipt, ...again } = await owner('createEndpoint', { ...endpoint, wait: 'all' }, { idempotencyKey });
      assert.deepEqual([again, receipt?.complete], [first, true]);
    });

    test('on which machine a node runs is said to those alone who manage the account', async () => {
      const { app, home } = world;
      const verifier = await connectVerifier(app, home.id);
      for (const role of ['owner', 'admin', 'member', 'viewer'] as const) {
        const act = acting(app, home.callers[role]);
        const { items } = await act('listVerifiers', {});
        const named = items.map(({ kind, name }) => [kind, name]);
        const host = role === 'owner' || role === 'admin' ? `${hostname()}:${process.pid}` : null;
        assert.deepEqual(
          named,
          [
            ['node', host],
            ['verifier', 'gateway'],
          ],
          role,
        );
        if (role === 'viewer') continue;
        const { key } = await makeKey(app, home.callers[role]);
        const { receipt } = await act('deactivateAccessKey', { key, wait: 'all', waitMs: 1 });
        const told = [...(receipt?.acknowledged ?? []), ...(receipt?.missing ?? [])];
        assert.deepEqual(told.map(({ kind, name }) => [kind, name]).sort(), named, role);
      }
      await leave(verifier);
    });

    test('a key whose permission was changed, a member and a service account that were deactivated have receipts, too', async () => {
      const { app, home } = world;
      const owner = acting(app, home.callers.owner);
      const { key } = await makeKey(app, home.callers.owner);
      const wait = { wait: 'all' } as const;
      const { serviceAccount } = home;
      const answers = [
        await owner('updateAccessKey', { key, permission: 'read_only', ...wait }),
        await owner('deleteAccessKey', { key: (await inactive()).key, ...wait }),
        await owner('deactivateMember', { member: home.callers.viewer.owner.id, ...wait }),
        await owner('deactivateServiceAccount', { serviceAccount, ...wait }),
      ];
      for (const { receipt } of answers) assert.equal(receipt?.complete, true);
      await owner('activateMember', { member: home.callers.viewer.owner.id });

      async function inactive() {
        const made = await makeKey(app, home.callers.owner);
        return owner('deactivateAccessKey', { key: made.key });
      }
    });

    test('over REST the wish stands in the address, and nowhere else', async () => {
      const { app, running, home } = world;
      const { token } = await makeKey(app, home.callers.owner);
      const { key } = await makeKey(app, home.callers.owner);
      const ask = (query: string, body?: object) =>
        fetch(`${running.url}/v1/access-keys/${key}/deactivate${query}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
          body: body ? JSON.stringify(body) : null,
        });
      const answer = await ask('?wait=all&waitMs=20000');
      assert.equal(((await answer.json()) as { receipt: Receipt }).receipt.complete, true);
      const at = `${running.url}/v1/access-keys/${key}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      for (const [method, path, change] of [
        ['POST', '/activate', undefined],
        ['PATCH', '', { permission: 'read_only' }],
        ['POST', '/deactivate', undefined],
        ['DELETE', '', undefined],
      ] as const) {
        const body = change === undefined ? null : JSON.stringify(change);
        const changed = await fetch(`${at}${path}?wait=all&waitMs=20000`, { method, headers, body });
        const { receipt } = (await changed.json()) as { receipt: Receipt };
        assert.deepEqual([changed.status, receipt.complete], [200, true], `${method} ${path}`);
      }
      for (const [query, body, field] of [
        ['?wait=some', undefined, 'wait'],
        ['?waitMs=0', undefined, 'waitMs'],
        ['?waitMs=x', undefined, 'waitMs'],
        ['?key=KW', undefined, 'key'],
        ['', { wait: 'all' }, 'wait'],
      ] as const) {
        const refused = await ask(query, body);
        assert.equal(refused.status, 422, query);
        const { errors } = (await refused.json()) as { errors: { field: string }[] };
        assert.equal(errors[0]?.field, field);
      }
    });

    test('who may not follow the changes does not: members, viewers, keys without the permission, nobody', async () => {
      const { app, running, home } = world;
      const stream = (token?: string) =>
        fetch(`${running.url}/v1/verifiers/changes`, {
          headers: { accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }) },
        });
      assert.equal((await stream()).status, 401);
      for (const role of ['member', 'viewer'] as const) {
        const { token } = await makeKey(app, home.callers.owner, { owner: home.callers[role].owner.id });
        assert.equal((await stream(token)).status, 403);
      }
      const bare = await makeKey(app, home.callers.owner, { permission: 'restricted' });
      assert.equal((await stream(bare.token)).status, 403);
      await refusal(
        run(app, 'readFacts', { keys: [bare.key] }, callOf(await keyCaller(app, bare.token))),
        'permission_denied',
      );
    });
  });
}
