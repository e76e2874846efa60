import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { run } from '@keywright/server';
import { callOf, makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { execute, type Postgres, startPostgres, startReplica } from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { statusAt } from './start-nodes.ts';

describe('with a read replica (DATABASE_REPLICA_URL)', () => {
  const stack = new AsyncDisposableStack();
  let replica: Postgres;
  let server: TestApp;
  let account: TestAccount;
  let at: string;
  before(async () => {
    const primary = stack.use(await startPostgres());
    const database = await primary.createDatabase();
    replica = stack.use(await startReplica(primary.url));
    at = Object.assign(new URL(replica.url), { pathname: new URL(database).pathname }).href;
    server = stack.use(await startTestApp('sqlite', { database, replica: at }));
    account = await makeAccount(server.app, 'Acme');
  });
  after(() => stack.disposeAsync());

  const list = async () => {
    const { items } = await run(server.app, 'listAccessKeys', {}, callOf(account.callers.owner));
    return items.map(({ key }) => key);
  };
  /** Whether it has come as far as the database. */
  const isThere = async () => (await server.app.store.findReplica()) !== undefined;

  test('lists are read from it once it has all changes', async t => {
    const { key } = await makeKey(server.app, account.callers.owner);
    await until(isThere, { what: 'the replica to follow' });
    const db = await server.app.store.findReplica();
    const { mock } = t.mock.method(server.app.store, 'findReplica');
    assert.deepEqual(await list(), [key]);
    assert.equal(mock.callCount(), 1);
    assert.equal(await mock.calls[0]?.result, db);
    assert.notEqual(db, server.app.store.db);
  });

  test('while it lags behind, who has changed something sees it, and so does everybody', async () => {
    await until(isThere, { what: 'the replica to follow' });
    await execute(at, 'select pg_wal_replay_pause()');
    const { key, token } = await makeKey(server.app, account.callers.owner);
    assert.equal(await isThere(), false);
    assert.ok((await list()).includes(key));
    assert.equal(await statusAt(server.url, token), 204, 'nothing is seen for the first time from it');
    await execute(at, 'select pg_wal_replay_resume()');
    await until(isThere, { what: 'the replica to catch up' });
    assert.ok((await list()).includes(key));
  });

  test('without it lists go on, and a replica of something else is none', async () => {
    await until(isThere, { what: 'the replica to follow' });
    await replica.stop();
    assert.ok((await list()).length > 0);
    await using other = await startTestApp('sqlite', {
      database: server.app.config.database,
      replica: (await startOther()).url,
    });
    assert.equal(await other.app.store.findReplica(), undefined);
    const { items } = await run(other.app, 'listAccessKeys', {}, callOf(account.callers.owner));
    assert.ok(items.length > 0);
  });

  /** A database with the tables, and with changes of its own. */
  async function startOther(): Promise<{ url: string }> {
    const { app } = stack.use(await startTestApp('postgres'));
    await makeKey(app, (await makeAccount(app, 'Other')).callers.owner);
    return { url: app.config.database };
  }
});

test('a node whose way leads to a standby that lags lets no key pass after its lease, and goes on when it leads back', async () => {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startPostgres());
  const database = await primary.createDatabase();
  const proxy = stack.use(await TcpProxy.start(database));
  const near = stack.use(await startTestApp('sqlite', { database, staleMaxMs: limits.staleMsMin }));
  const far = stack.use(
    await startTestApp('sqlite', { database: proxy.through(database), staleMaxMs: limits.staleMsMin }),
  );
  const { owner } = (await makeAccount(near.app, 'Acme')).callers;
  const { key, token } = await makeKey(near.app, owner);
  const dead = await makeKey(near.app, owner);
  const standby = stack.use(await startReplica(primary.url));
  const at = Object.assign(new URL(standby.url), { pathname: new URL(database).pathname }).href;
  await until(async () => (await statusAt(far.url, token)) === 204);
  await execute(at, 'select pg_wal_replay_pause()');
  // There it lives on, and the node has never seen it.
  await run(near.app, 'deactivateAccessKey', { key: dead.key, wait: 'all' }, callOf(owner));
  proxy.leadTo(standby.url);
  const said = new Set<number>();
  for (let times = 0; times < 20; times++) said.add(await statusAt(far.url, dead.token));
  assert.deepEqual([...said], [503]);
  const { receipt } = await run(near.app, 'deactivateAccessKey', { key, wait: 'all', waitMs: 20_000 }, callOf(owner));
  assert.deepEqual([receipt?.complete, receipt?.acknowledged.filter(({ lapsed }) => lapsed).length], [true, 1]);
  const ended = performance.now() + 1000;
  while (performance.now() < ended) assert.equal(await statusAt(far.url, token), 503);
  proxy.leadTo(primary.url);
  await until(async () => (await statusAt(far.url, token)) === 401, { ms: 4000 });
});
