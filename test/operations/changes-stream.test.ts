import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { sql } from 'kysely';
import { DATABASES, makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { until } from '../support/until.ts';
import { acting, refusal } from './acting.ts';

test('who has gone before the changes begin is not followed for', async () => {
  await using server = await startTestApp('postgres');
  const { app } = server;
  const { callers } = await makeAccount(app, 'Acme');
  const { token } = await makeKey(app, callers.owner);
  let following = 0;
  const follow = app.feed.follow.bind(app.feed);
  app.feed.follow = listener => {
    const stop = follow(listener);
    following++;
    return stop;
  };
  // The key can not be looked up meanwhile.
  await app.store.transact(async tx => {
    await sql`lock table access_keys in access exclusive mode`.execute(tx);
    const line = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(line, 'connect');
    const handled = Promise.withResolvers<void>();
    server.server.server.once('request', (_request, response) => response.once('close', handled.resolve));
    line.write(
      `GET /v1/verifiers/changes HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await until(() => isWaiting());
    line.destroy();
    await handled.promise;
  });
  const answer = await fetch(`${server.url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  assert.equal(following, 0);

  async function isWaiting() {
    const { rows } = await sql`select 1 from pg_locks where not granted`.execute(app.store.db);
    return rows.length > 0;
  }
});

for (const kind of DATABASES)
  test(`who stood where this database never was begins anew (${kind})`, async () => {
    await using server = await startTestApp(kind);
    const { app } = server;
    const { callers } = await makeAccount(app, 'Acme');
    const act = acting(app, callers.owner);
    const { token } = await makeKey(app, callers.owner);
    await act('createServiceAccount', { name: 'Robot', role: 'admin' });
    const { sequence, hash } = await until(async () => {
      const now = await act('readChanges', {});
      return now.sequence === app.feed.sequence && now.sequence > 1 ? now : undefined;
    });
    const other = hash.replace(/^./, digit => (digit === '0' ? '1' : '0'));
    const zeros = '0'.repeat(64);
    const table: [what: string, after: number, afterHash: string | undefined, isHere: boolean][] = [
      ['here', sequence, hash, true],
      ['here, by its number alone', sequence, undefined, true],
      ['at the beginning', 0, zeros, true],
      ['where something else was done', sequence, other, false],
      ['further on', sequence + 1, hash, false],
      ['further on, by its number alone', sequence + 1, undefined, false],
      ['before', sequence - 1, hash, false],
    ];
    for (const [what, after, afterHash, isHere] of table) {
      const asked = { after: String(after), ...(afterHash !== undefined && { afterHash }) };
      const id = afterHash === undefined ? `${after}` : `${after}-${afterHash}`;
      const expected = isHere ? { event: 'heartbeat', sequence: after } : { event: 'reset', sequence, hash };
      for (const first of [await firstOf(new URLSearchParams(asked)), await firstOf(undefined, id)])
        assert.partialDeepStrictEqual({ ...first }, expected, what);
      const page = act('readChanges', { after, afterHash });
      if (isHere) assert.equal((await page).hash, hash, what);
      else await refusal(page, 'conflict');
    }

    async function firstOf(query?: URLSearchParams, id?: string) {
      const stop = new AbortController();
      const stream = await fetch(`${server.url}/v1/verifiers/changes?${query ?? ''}`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, ...(id && { 'last-event-id': id }) },
        signal: stop.signal,
      });
      assert.equal(stream.status, 200);
      let text = '';
      for await (const piece of stream.body ?? []) {
        text += Buffer.from(piece).toString();
        if (text.includes('\n\n')) break;
      }
      stop.abort();
      const [, event, eventId, data = ''] = /^event: (.*)\nid: (.*)\ndata: (.*)\n\n/.exec(text) ?? [];
      const { sequence, hash } = JSON.parse(data);
      assert.equal(eventId, `${sequence}-${hash}`);
      return { event, sequence, hash };
    }
  });
