import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { runDaily } from '@keywright/server';
import { type Act, acting, refusal } from '../operations/acting.ts';
import { DATABASES, makeAccount, startTestApp, type TestApp } from '../support/app.ts';

type Decision = Extract<OutputOf<'verify'>, { allowed: boolean }>;
const MINUTE_MS = 60_000;
const QUOTA = { name: 'monthly', max: 100, per: 'month', timeZone: 'UTC' } as const;
/** So slow that nothing comes back while a test runs. */
const RATE = { name: 'slow', max: 1, perSeconds: 2_000_000, burst: 50 };

for (const kind of DATABASES) {
  describe(`reservations on ${kind}`, () => {
    const opened = new AsyncDisposableStack();
    let server: TestApp;
    let act: Act;
    let anybody: Act;
    before(async () => {
      server = opened.use(await startTestApp(kind));
      server.clock.at = Date.parse('2027-06-16T12:00:00Z');
      act = acting(server.app, (await makeAccount(server.app, 'Acme')).callers.admin);
      anybody = acting(server.app, undefined);
    });
    after(() => opened.disposeAsync());

    const verify = async (credential: string, more: Partial<InputOf<'verify'>> = {}): Promise<Decision> => {
      const answer = await anybody('verify', { credential, method: 'GET', ...more });
      assert.ok('allowed' in answer);
      return answer;
    };
    const reserve = async (credential: string, units: number): Promise<string> => {
      const { allowed, reservation } = await verify(credential, { reserve: units });
      assert.ok(allowed && reservation !== undefined);
      return reservation.id;
    };
    const limited = async (draft: InputOf<'createAccessKey'> = { rateLimits: [RATE], quotas: [QUOTA] }) => {
      const { key, token } = await act('createAccessKey', draft);
      const left = async () => (await act('getLimits', { key })).limits.map(({ remaining }) => remaining);
      return { key, token, left };
    };

    test('of less the rest comes back', async () => {
      const { token, left } = await limited();
      const reservation = await reserve(token, 20);
      assert.deepEqual(await left(), [30, 80]);
      const settled = await anybody('settleReservation', { reservation, cost: 6 });
      assert.deepEqual(settled, { reservation, reserved: 20, cost: 6, uncharged: 0 });
      assert.deepEqual(await left(), [44, 94]);
    });

    test('more is charged, as far as the limits go', async () => {
      const { token, left } = await limited();
      const reservation = await reserve(token, 20);
      assert.equal((await anybody('settleReservation', { reservation, cost: 25 })).uncharged, 0);
      assert.deepEqual(await left(), [25, 75]);
      const second = await reserve(token, 20);
      assert.equal((await anybody('settleReservation', { reservation: second, cost: 90 })).uncharged, 15);
      assert.deepEqual(await left(), [0, 0]);
      assert.equal((await verify(token)).reason, 'rate_limited');
    });

    test('cancelled, all of it comes back', async () => {
      const { token, left } = await limited();
      const reservation = await reserve(token, 20);
      assert.deepEqual(await anybody('cancelReservation', { reservation }), {
        ...{ reservation, reserved: 20, cost: 0, uncharged: 0 },
      });
      assert.deepEqual(await left(), [50, 100]);
    });

    test('said again it is answered again, and changes nothing; with another cost it is a conflict', async () => {
      const { token, left } = await limited();
      const reservation = await reserve(token, 20);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => anybody('settleReservation', { reservation, cost: 30 })),
      );
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      assert.deepEqual(await left(), [20, 70]);
      await refusal(anybody('settleReservation', { reservation, cost: 29 }), 'conflict');
      await refusal(anybody('cancelReservation', { reservation }), 'conflict');
      assert.deepEqual(await left(), [20, 70]);
    });

    test('what is not settled in time is spent', async () => {
      const { token, left } = await limited();
      const { reservation: reserved } = await verify(token, { reserve: 20 });
      const reservation = reserved?.id ?? '';
      const lapsesAt = server.clock.at + limits.reservationMinutes * MINUTE_MS;
      assert.equal(reserved?.lapsesAt, new Date(lapsesAt).toISOString());
      server.clock.at = lapsesAt;
      await refusal(anybody('settleReservation', { reservation, cost: 1 }), 'gone');
      await refusal(anybody('cancelReservation', { reservation }), 'gone');
      assert.deepEqual((await left())[1], 80);
      server.clock.at += 25 * 60 * MINUTE_MS;
      await runDaily(server.app, server.clock.at);
      await refusal(anybody('cancelReservation', { reservation }), 'not_found');
    });

    test('nothing is reserved for who is refused, or where nothing limits the key', async () => {
      const { token, left } = await limited();
      const refused = await verify(token, { reserve: 51 });
      assert.deepEqual([refused.reason, refused.reservation], ['rate_limited', undefined]);
      assert.deepEqual(await left(), [50, 100]);
      const { token: free } = await act('createAccessKey', {});
      const allowed = await verify(free, { reserve: 1000 });
      assert.deepEqual([allowed.allowed, 'reservation' in allowed], [true, false]);
    });

    test('what has leaked since comes not back: of it more than a burst would pass at once', async () => {
      const { token, left } = await limited({ rateLimits: [{ name: 'steady', max: 10, perSeconds: 1 }] });
      const reservation = await reserve(token, 10);
      server.clock.at += 600;
      assert.equal((await verify(token, { cost: 6 })).reason, null);
      await anybody('settleReservation', { reservation, cost: 1 });
      assert.deepEqual(await left(), [3]);
    });

    test('settled after limits were set, it leaves those alone', async () => {
      const { key, token, left } = await limited({ rateLimits: [RATE] });
      const reservation = await reserve(token, 20);
      await act('updateAccessKey', { key, rateLimits: [RATE, { ...RATE, name: 'later', burst: 5 }] });
      for (let n = 0; n < 5; n++) assert.equal((await verify(token)).reason, null);
      await anybody('settleReservation', { reservation, cost: 19 });
      assert.deepEqual(await left(), [26, 0]);
      assert.equal((await verify(token)).reason, 'rate_limited');
    });

    test('of a rate or a quota alone it works as well, and of several at once', async () => {
      const one = await limited({ rateLimits: [RATE] });
      const two = await limited({ quotas: [QUOTA] });
      const items = [one, two].map(({ token }) => ({ credential: token, method: 'GET', reserve: 10 }));
      const answer = await anybody('verify', { items });
      assert.ok('items' in answer);
      for (const { reservation } of answer.items)
        await anybody('settleReservation', { reservation: reservation?.id ?? '', cost: 4 });
      assert.deepEqual([await one.left(), await two.left()], [[46], [96]]);
    });

    test('one that was never given out is not there, and a cost goes not with what is reserved', async () => {
      const reservation = `rsv_${'a'.repeat(20)}`;
      await refusal(anybody('settleReservation', { reservation, cost: 1 }), 'not_found');
      await refusal(anybody('cancelReservation', { reservation }), 'not_found');
      await refusal(anybody('verify', { credential: 'x', cost: 1, reserve: 1 }), 'invalid_value', 'reserve');
      await refusal(anybody('verify', { items: [{ credential: 'x', cost: 1, reserve: 1 }] }), 'invalid_value');
    });
  });
}
