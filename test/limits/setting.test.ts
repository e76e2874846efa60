import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { type Act, acting, actingAll, eventsAbout, managing, refusal } from '../operations/acting.ts';
import { keyCaller, makeAccount, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';

const RATE = { name: 'steady', max: 100, perSeconds: 1, burst: 100 };
const QUOTA = { name: 'monthly', max: 1000, per: 'month', timeZone: 'Europe/Berlin' } as const;

describe('who sets limits', () => {
  const opened = new AsyncDisposableStack();
  let server: TestApp;
  let account: TestAccount;
  let act: Record<'owner' | 'admin' | 'member' | 'viewer', Act>;
  before(async () => {
    server = opened.use(await startTestApp());
    account = await makeAccount(server.app, 'Acme');
    act = actingAll(server.app, account);
  });
  after(() => opened.disposeAsync());

  test('a member makes those of their own keys tighter, never looser', async () => {
    const owner = account.callers.member.owner.id;
    const { key } = await act.admin('createAccessKey', { owner, rateLimits: [RATE], quotas: [QUOTA] });
    const change = (more: Partial<InputOf<'updateAccessKey'>>) => act.member('updateAccessKey', { key, ...more });
    await change({
      rateLimits: [
        { ...RATE, max: 50 },
        { name: 'hourly', max: 10, perSeconds: 3600 },
      ],
    });
    await change({ quotas: [{ ...QUOTA, max: 10 }] });
    await refusal(change({ rateLimits: [{ ...RATE, max: 51 }] }), 'forbidden');
    await refusal(change({ rateLimits: [{ ...RATE, max: 50, burst: 101 }] }), 'forbidden');
    await refusal(change({ rateLimits: [] }), 'forbidden');
    await refusal(change({ quotas: [{ ...QUOTA, max: 11 }] }), 'forbidden');
    await refusal(change({ quotas: [{ ...QUOTA, per: 'day', max: 1 }] }), 'forbidden');
    await refusal(change({ quotas: [] }), 'forbidden', 'quotas');
    // Uses are counted by the name: under another one they would begin anew.
    const renamed = await refusal(
      change({ rateLimits: [{ ...RATE, name: 'other', max: 1 }] }),
      'forbidden',
      'rateLimits',
    );
    assert.match(renamed.message, /administrator.*rateLimits: must keep under the same name.*: steady, hourly\./);
    await refusal(change({ quotas: [{ ...QUOTA, name: 'other', max: 1 }] }), 'forbidden', 'quotas');
    const loose = await act.admin('updateAccessKey', { key, rateLimits: [], quotas: [] });
    assert.deepEqual([loose.rateLimits, loose.quotas], [[], []]);
  });

  test('a key makes no key with looser limits, and hands its own on', async () => {
    const { token } = await act.admin('createAccessKey', { rateLimits: [RATE], quotas: [QUOTA] });
    const caller = await keyCaller(server.app, token);
    const byKey = acting(server.app, caller);
    const made = await byKey('createAccessKey', {});
    assert.deepEqual([made.rateLimits, made.quotas], [[RATE], [QUOTA]]);
    await refusal(byKey('createAccessKey', { rateLimits: [] }), 'broader_key', 'rateLimits');
    await refusal(byKey('createAccessKey', { quotas: [{ ...QUOTA, max: 1001 }] }), 'broader_key', 'quotas');
    const named = await refusal(
      byKey('createAccessKey', { rateLimits: [{ ...RATE, name: 'other', max: 1 }] }),
      'broader_key',
      'rateLimits',
    );
    assert.match(named.problems[0]?.message ?? '', /under the same name.*: steady$/);
    await byKey('createAccessKey', {
      rateLimits: [
        { ...RATE, max: 1 },
        { ...RATE, name: 'other' },
      ],
      quotas: [QUOTA],
    });
    // Nor does it change what holds for many keys, or let people in.
    const { id } = await act.admin('createServiceAccount', { name: 'Robot', rateLimits: [RATE] });
    await refusal(byKey('updateServiceAccount', { serviceAccount: id, rateLimits: [] }), 'broader_key');
    await refusal(byKey('updateAccount', { quotas: [QUOTA] }), 'broader_key');
    await byKey('updateServiceAccount', { serviceAccount: id, name: 'Renamed' });
    await refusal(byKey('inviteMember', { name: 'Eve', email: 'eve@example.com' }), 'broader_key');
  });

  test('a key renames none of its own limits', async () => {
    const { key, token } = await act.admin('createAccessKey', { rateLimits: [RATE], quotas: [QUOTA] });
    const byKey = acting(server.app, await keyCaller(server.app, token));
    await refusal(byKey('updateAccessKey', { key, quotas: [{ ...QUOTA, name: 'other' }] }), 'broader_key', 'quotas');
    await refusal(byKey('updateAccessKey', { key, rateLimits: [{ ...RATE, name: 'a' }] }), 'broader_key', 'rateLimits');
    await byKey('updateAccessKey', { key, quotas: [{ ...QUOTA, max: 1 }] });
  });

  test('the limits of a member are set by administrators, those of an owner by owners', async () => {
    const { admin, owner } = account.callers;
    await refusal(
      act.member('updateMember', { member: account.callers.member.owner.id, rateLimits: [RATE] }),
      'forbidden',
    );
    const shown = await act.admin('updateMember', { member: admin.owner.id, rateLimits: [RATE], quotas: [QUOTA] });
    assert.deepEqual([shown.rateLimits, shown.quotas], [[RATE], [QUOTA]]);
    assert.deepEqual(await act.viewer('getMember', { member: admin.owner.id }), shown);
    await refusal(act.admin('updateMember', { member: owner.owner.id, rateLimits: [RATE] }), 'forbidden');
    await act.owner('updateMember', { member: admin.owner.id, rateLimits: [], quotas: [] });
  });

  test('who is managed only tightens what the managing account has set', async () => {
    const customer = await makeAccount(server.app, 'Customer');
    await server.app.store.transact(tx =>
      tx.updateTable('accounts').set({ managed_by: account.id }).where('id', '=', customer.id).execute(),
    );
    const provider = acting(server.app, managing(customer.id, account.callers.admin));
    const own = acting(server.app, customer.callers.owner);
    await provider('updateAccount', { rateLimits: [RATE], quotas: [QUOTA] });
    await own('updateAccount', { rateLimits: [{ ...RATE, max: 99 }] });
    await refusal(own('updateAccount', { rateLimits: [RATE] }), 'forbidden');
    await refusal(own('updateAccount', { quotas: [] }), 'forbidden');
    const { message } = await refusal(
      own('updateAccount', { quotas: [{ ...QUOTA, name: 'other' }] }),
      'forbidden',
      'quotas',
    );
    assert.match(message, /the account that manages it can loosen them\. quotas: must keep .*: monthly\.$/);
    await own('updateAccount', { name: 'Renamed' });
    const shown = await provider('updateAccount', { quotas: [] });
    assert.deepEqual([shown.rateLimits[0]?.max, shown.quotas, shown.name], [99, [], 'Renamed']);
  });

  test('events tell what changed from what', async () => {
    const { key } = await act.admin('createAccessKey', { rateLimits: [RATE] });
    await act.admin('updateAccessKey', { key, quotas: [QUOTA] });
    const [made, changed] = await eventsAbout(act.admin, key);
    assert.deepEqual([made?.details.rateLimits, made?.details.quotas], [[RATE], []]);
    assert.deepEqual(changed?.details, { quotas: { from: [], to: [QUOTA] } });
    await act.admin('updateAccount', { rateLimits: [RATE] });
    const told = (await eventsAbout(act.admin, account.id)).at(-1);
    assert.deepEqual(told?.details, { rateLimits: { from: [], to: [RATE] } });
    await act.admin('updateAccount', { rateLimits: [] });
  });

  test('the burst is the maximum unless told', async () => {
    const { rateLimits } = await act.admin('createAccessKey', { rateLimits: [{ name: 'a', max: 7, perSeconds: 2 }] });
    assert.deepEqual(rateLimits, [{ name: 'a', max: 7, perSeconds: 2, burst: 7 }]);
  });

  test('what can not be a limit is refused with the field', async () => {
    const rate = (more: object) => ({ rateLimits: [{ ...RATE, ...more }] });
    const quota = (more: object) => ({ quotas: [{ ...QUOTA, ...more }] });
    const wrong: [object, string][] = [
      [rate({ name: '' }), 'rateLimits.0.name'],
      [rate({ name: 'a"b' }), 'rateLimits.0.name'],
      [rate({ name: 'a'.repeat(limits.limitNameCharsMax + 1) }), 'rateLimits.0.name'],
      [rate({ max: 0 }), 'rateLimits.0.max'],
      [rate({ max: 1.5 }), 'rateLimits.0.max'],
      [rate({ max: limits.rateUsesPerSecondMax + 1 }), 'rateLimits.0.max'],
      [rate({ perSeconds: 0 }), 'rateLimits.0.perSeconds'],
      [rate({ perSeconds: limits.rateSecondsMax + 1 }), 'rateLimits.0.perSeconds'],
      [rate({ burst: 0 }), 'rateLimits.0.burst'],
      [rate({ max: 1, perSeconds: limits.rateSecondsMax, burst: 118 }), 'rateLimits.0.burst'],
      [rate({ more: 1 }), 'rateLimits.0.more'],
      [{ rateLimits: [RATE, RATE] }, 'rateLimits'],
      [{ rateLimits: Array.from({ length: 9 }, (_, n) => ({ ...RATE, name: `a${n}` })) }, 'rateLimits'],
      [quota({ max: 0 }), 'quotas.0.max'],
      [quota({ per: 'year' }), 'quotas.0.per'],
      [quota({ timeZone: 'Mars/Olympus' }), 'quotas.0.timeZone'],
      [quota({ timeZone: '' }), 'quotas.0.timeZone'],
      [{ quotas: [QUOTA, QUOTA] }, 'quotas'],
    ];
    for (const [input, field] of wrong) await refusal(act.admin('createAccessKey', input), 'invalid_value', field);
  });
});
