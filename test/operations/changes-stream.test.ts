import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { sql } from 'kysely';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { until } from '../support/until.ts';

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
