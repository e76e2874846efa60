import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase } from '../support/postgres.ts';
import { type Node, startNodes } from './start-nodes.ts';

const NODES = 2;
const TRIES = 12;

test('guesses of passwords, invitations and the set-up link are bounded over all nodes', async () => {
  await using database = await freshDatabase();
  await using started = await startNodes(NODES, database.url, { KEYWRIGHT_TRUSTED_PROXIES: '127.0.0.1' });
  const guesses = [
    ['/api/auth/sign-in/email', { email: 'ada@example.com', password: 'a wrong guess' }],
    ['/v1/invitation/accept', { token: 'guess', name: 'Eve', password: 'correct horse battery staple' }],
    ['/v1/setup', { token: 'guess', name: 'Eve', email: 'eve@example.com', password: 'correct horse battery staple' }],
  ] as const;
  for (const [path, body] of guesses) {
    const statuses = await Promise.all(started.nodes.map(node => tryOften(node, path, body)));
    const tried = statuses.flat().filter(status => status !== 429);
    assert.ok(
      tried.every(status => [400, 401, 403, 410, 409].includes(status)),
      `${path}: ${tried}`,
    );
    assert.equal(tried.length, 10, path);
  }
});

/** From an address that nobody else has. */
async function tryOften({ url }: Node, path: string, body: object): Promise<number[]> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.7' };
  const statuses = [];
  for (let n = 0; n < TRIES; n++)
    statuses.push((await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status);
  return statuses;
}
