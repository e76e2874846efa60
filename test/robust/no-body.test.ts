import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { operations } from '@keywright/contract';
import { startTestApp } from '../support/app.ts';

/** Many clients name a type for the body that they leave out, and no length. */
const OTHERS = ['/v1/verify', '/graphql', '/api/auth/sign-out', '/nowhere'].map(path => ({ method: 'POST', path }));
const HANGS_MS = 10_000;

test('a request that names a type and has no body is answered, at every door', async () => {
  await using app = await startTestApp('sqlite');
  const changing = operations
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => ({ method, path: `/v1${path.replaceAll(/\{\w+\}/g, 'KWAAAAAAAAAAAAAAAAAA')}` }));
  for (const { method, path } of [...changing, ...OTHERS]) {
    const answer = await ask(app.url, `${method} ${path}`);
    assert.match(answer, /^HTTP\/1\.1 [24]\d\d /, `${method} ${path}`);
  }
});

/** Without saying that nothing more comes, as clients that keep their connection. */
async function ask(url: string, what: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.setTimeout(HANGS_MS, () => socket.destroy(new Error(`no answer to ${what}`)));
  await once(socket, 'connect');
  socket.write(`${what} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n`);
  return text(socket);
}
