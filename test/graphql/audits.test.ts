import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';

/** The audits of the npm package graphql-http: whether the door is GraphQL over HTTP, as its working draft says. */
const titles = serverAudits({ url: 'http://localhost' }).map(({ id, name }) => ({ id, name }));

test('there are 61 audits or more', () => {
  assert.ok(titles.length >= 61, String(titles.length));
});

for (const who of ['with a key', 'without a caller'] as const) {
  describe(`the audits ${who}`, () => {
    let running: TestApp;
    let authorization: Record<string, string> = {};
    before(async () => {
      running = await startTestApp();
      const { callers } = await makeAccount(running.app, 'Home');
      const { token } = await makeKey(running.app, callers.owner);
      if (who === 'with a key') authorization = { authorization: `Bearer ${token}` };
    });
    after(() => running[Symbol.asyncDispose]());

    for (const path of ['/graphql', '/graphql/v1']) {
      for (const { id, name } of titles) {
        test(`${path} ${id}: ${name}`, async () => {
          const fetchFn = (url: string, init?: RequestInit) =>
            fetch(url, {
              ...init,
              headers: { ...Object.fromEntries(new Headers(init?.headers ?? {})), ...authorization },
            });
          const audits = serverAudits({ url: running.url + path, fetchFn });
          const result = await audits.find(one => one.id === id)?.fn();
          assert.equal(result?.status, 'ok', result && 'reason' in result ? result.reason : '');
        });
      }
    }
  });
}
