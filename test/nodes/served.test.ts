import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILT_IN_API, parseCredential } from '@keywright/core';
import { createVerifier } from '@keywright/verifier';
import { acting } from '../operations/acting.ts';
import { makeAccount, startTestApp } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { makeApi, makeCredential, VERIFIER_ENDPOINTS, verdictOf } from '../verifier/world.ts';

test('a verifier knows by what its credential is granted now, though it asks a node that has not heard of it yet', async () => {
  await using stack = new AsyncDisposableStack();
  const { url: database } = stack.use(await freshDatabase());
  const [one, other] = [
    stack.use(await startTestApp('sqlite', { database })),
    stack.use(await startTestApp('sqlite', { database, notify: false })),
  ];
  const { owner } = (await makeAccount(one.app, 'Acme')).callers;
  const act = acting(one.app, owner);
  const apis = [await makeApi(act, 'First', [GET_A]), await makeApi(act, 'Second', [GET_A])];
  const [first = '', second = ''] = apis;
  const credential = await makeCredential(act, [first]);
  const grants = { [first]: 'read_only', [second]: 'read_only' } as const;
  const { token } = await act('createAccessKey', { permission: 'restricted', grants });
  const asksOther: typeof fetch = (url, init) =>
    fetch(`${url}`.includes('/facts') ? `${url}`.replace(one.url, other.url) : url, init);
  const verifier = stack.use(createVerifier({ server: one.url, credential, fetch: asksOther }));
  const verdicts = () =>
    Promise.all(apis.map(api => verdictOf(() => verifier.verify(token, { api, method: 'GET', path: '/a' }))));
  assert.deepEqual(await verdicts(), ['allowed', 'unknown']);
  // It remembers the credential as it was.
  await other.app.feed.stop();
  const key = parseCredential(credential)?.key ?? assert.fail();
  const now = { [second]: 'read_only', [BUILT_IN_API]: VERIFIER_ENDPOINTS } as const;
  const { receipt } = await act('updateAccessKey', { key, grants: now, wait: 'all', waitMs: 2000 });
  assert.ok(receipt?.acknowledged.some(({ kind }) => kind === 'verifier'));
  assert.deepEqual(await verdicts(), ['unknown', 'allowed']);
});

const GET_A = { method: 'GET', path: '/a' } as const;
