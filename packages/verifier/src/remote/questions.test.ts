import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { formatToken, newKeyId, newKeyIds, newSecret } from '@keywright/core';
import { questionsTo } from './questions.ts';
import { ServerDoor } from './server-door.ts';

test('keys are listed page by page, to the last', async () => {
  const key = newKeyId(randomBytes);
  const credential = formatToken('kw', key, newSecret(key, randomBytes)).reveal();
  const pages = Array.from({ length: 3 }, () => newKeyIds(2, randomBytes));
  const cursors = ['a+/=&b', 'c'];
  const asked: (string | null)[] = [];
  const fetch = async (input: string | URL | Request) => {
    const url = new URL(String(input));
    assert.equal(url.pathname, '/v1/verifiers/keys');
    const n = asked.push(url.searchParams.get('cursor')) - 1;
    return Response.json({ keys: pages[n], nextCursor: cursors[n] ?? null });
  };
  const door = new ServerDoor({ server: 'https://keys.example', credential, fetch });
  assert.deepEqual(await Array.fromAsync(questionsTo(door).keys()), pages);
  assert.deepEqual(asked, [null, ...cursors]);
});
