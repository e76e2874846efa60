import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { OutputOf } from '@keywright/contract';
import { BUILT_IN_API, limits } from '@keywright/core';
import { sql } from 'kysely';
import { DATABASES, makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { until } from '../support/until.ts';
import { VERIFIER_ENDPOINTS } from '../verifier/world.ts';
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
        assert.partialDeepStrictEqual(first, expected, what);
      const page = act('readChanges', { after, afterHash });
      if (isHere) assert.equal((await page).hash, hash, what);
      else await refusal(page, 'conflict');
    }

    async function firstOf(query?: URLSearchParams, id?: string) {
      for await (const first of follow(`${server.url}/v1/verifiers/changes?${query ?? ''}`, token, id)) return first;
      assert.fail('it brought nothing');
    }
  });

test('changes and snapshots are of the account, the project and the APIs of whom they are for', async () => {
  await using server = await startTestApp();
  const { app } = server;
  const [one, other] = [await makeAccount(app, 'Acme'), await makeAccount(app, 'Other')];
  const [act, actOther] = [acting(app, one.callers.owner), acting(app, other.callers.owner)];
  const { token } = await makeKey(app, one.callers.owner);
  const { id: project } = await act('createProject', { name: 'Shop' });
  const { id: api } = await act('createApi', { name: 'Served' });
  const { id: hidden } = await act('createApi', { name: 'Hidden' });
  const foreignApi = await actOther('createApi', { name: 'Foreign' });
  const { id: owner } = await act('createServiceAccount', { name: 'Verifier', role: 'admin' });
  const grants = { [api]: 'read_only', [hidden]: 'read_only' } as const;
  const both = await act('createAccessKey', { permission: 'restricted', grants });
  const elsewhere = await act('createAccessKey', { permission: 'restricted', grants: { [hidden]: 'read_only' } });
  const inside = await act('createAccessKey', { project });
  const foreign = await actOther('createAccessKey', {});

  const all = await snapshot(token);
  assert.ok([both, elsewhere, inside].every(({ key }) => all.keys.has(key)));
  assert.ok(!all.keys.has(foreign.key) && !all.text.includes(foreignApi.id));
  assert.deepEqual([all.apis.has(api), all.apis.has(hidden)], [true, true]);
  const ofProject = await snapshot((await act('createAccessKey', { owner, project })).token, `projects/${project}/`);
  assert.ok(ofProject.keys.has(inside.key) && !ofProject.keys.has(both.key));
  const serving = { [api]: 'read_only' as const, [BUILT_IN_API]: VERIFIER_ENDPOINTS };
  const serves = await act('createAccessKey', { owner, permission: 'restricted', grants: serving });
  const ofApi = await snapshot(serves.token);
  assert.deepEqual([ofApi.keys.has(both.key), ofApi.keys.has(elsewhere.key)], [true, false]);
  assert.deepEqual([ofApi.apis.has(api), ofApi.apis.has(hidden)], [true, false]);
  assert.ok(!ofApi.text.includes(hidden));

  const changed: string[] = [];
  let [beats, last] = [0, 0];
  for await (const { event, id, text } of follow(`${server.url}/v1/verifiers/changes`, token)) {
    assert.ok(!text.includes(foreign.key) && !text.includes(other.id), text);
    if (event === 'change') changed.push(id);
    // Foreign changes first: once ours is there, theirs would be, too.
    else if (++beats === 1) {
      await actOther('deactivateAccessKey', { key: foreign.key });
      await actOther('createEndpoint', { api: foreignApi.id, method: 'GET', path: '/a' });
      await act('deactivateAccessKey', { key: both.key });
      last = performance.now();
    } else if (beats === 5) break;
  }
  assert.deepEqual(changed, [both.key]);
  assert.ok(performance.now() - last > 2 * limits.heartbeatMs, 'it beat without a pause');

  async function snapshot(credential: string, where = '') {
    const answer = await fetch(`${server.url}/v1/${where}verifiers/snapshot`, {
      headers: { authorization: `Bearer ${credential}` },
    });
    const { page } = await answer.json();
    assert.equal(answer.status, 200);
    const { keys, apis }: { keys: { key: string }[]; apis: { id: string }[] } = JSON.parse(page);
    return { text: `${page}`, keys: new Set(keys.map(({ key }) => key)), apis: new Set(apis.map(({ id }) => id)) };
  }
});

test('the ids of keys come page by page, of the account or of the project of whom they are for', async () => {
  await using server = await startTestApp();
  const { app } = server;
  const [one, other] = [await makeAccount(app, 'Acme'), await makeAccount(app, 'Other')];
  const [act, actOther] = [acting(app, one.callers.owner), acting(app, other.callers.owner)];
  const projects = [
    await act('createProject', { name: 'Shop' }),
    await act('createProject', { name: 'Blog' }),
  ] as const;
  const { id: owner } = await act('createServiceAccount', { name: 'Verifier', role: 'admin' });
  const ofAccount = await act('createAccessKey', { owner });
  const inside = await Promise.all(projects.map(({ id: project }) => act('createAccessKey', { owner, project })));
  const [ofShop, ofBlog] = [inside[0] ?? assert.fail(), inside[1] ?? assert.fail()];
  await actOther('createAccessKey', {});

  const ofAll = [ofAccount, ofShop, ofBlog].map(({ key }) => key).sort();
  assert.deepEqual(await idsFor(ofAccount.token), ofAll);
  assert.deepEqual(await idsFor(ofShop.token, `projects/${projects[0].id}/`), [ofShop.key]);
  assert.deepEqual(await idsFor(ofBlog.token, `projects/${projects[1].id}/`), [ofBlog.key]);

  async function idsFor(token: string, where = ''): Promise<string[]> {
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = new URLSearchParams({ atOnce: '1', ...(cursor !== '' && { cursor }) });
      const url = `${server.url}/v1/${where}verifiers/keys?${query}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const { keys, nextCursor }: OutputOf<'readKeyIds'> = await answer.json();
      assert.deepEqual([answer.status, keys.length], [200, 1]);
      found.push(...keys);
      cursor = nextCursor;
    }
    return found.sort();
  }
});

/** The events of a stream of changes, for as long as they are wanted. */
async function* follow(url: string, token: string, lastEventId?: string) {
  const stop = new AbortController();
  const headers = new Headers({ accept: 'text/event-stream', authorization: `Bearer ${token}` });
  if (lastEventId !== undefined) headers.set('last-event-id', lastEventId);
  const stream = await fetch(url, { headers, signal: stop.signal });
  assert.equal(stream.status, 200);
  let text = '';
  try {
    for await (const piece of stream.body ?? []) {
      const parts = `${text}${Buffer.from(piece)}`.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, event, eventId, data = ''] = /^event: (.*)\nid: (.*)\ndata: (.*)$/.exec(part) ?? [];
        const { sequence, hash, id } = JSON.parse(data);
        assert.equal(eventId, `${sequence}-${hash}`);
        yield { event, sequence, hash, id, text: part };
      }
    }
  } finally {
    stop.abort();
  }
}
