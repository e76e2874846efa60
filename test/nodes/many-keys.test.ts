import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Client, type QueryConfig } from 'pg';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { manyKeys } from '../support/many-keys.ts';
import { startPostgres } from '../support/postgres.ts';
import { inventedToken } from '../verifier/world.ts';
import { statusAt } from './start-nodes.ts';

const MANY = 1_000_000;
const SIGHTS = 50;
/** A tree that is higher by so much holds more than a hundred thousand times as many. */
const LEVELS = 2;

test('a first sight reads as little among a million keys as among a few, and what is known is read no more', async t => {
  await using postgres = await startPostgres();
  const database = await postgres.createDatabase();
  await using server = await startTestApp('sqlite', { database });
  const { callers } = await makeAccount(server.app, 'Acme');
  const tokens: string[] = [];
  for (let n = 0; n < 2 * SIGHTS; n++) tokens.push((await makeKey(server.app, callers.owner)).token);
  const unknown = inventedToken();
  await using client = await connected(database);

  const few = await blocksFor(tokens.slice(0, SIGHTS));
  await manyKeys(database, MANY, { indexed: false });
  assert.equal(await statusAt(server.url, unknown), 401);
  const many = await blocksFor(tokens.slice(SIGHTS));
  t.diagnostic(`blocks of a first sight: ${few} among few keys, ${many} among ${MANY}`);
  assert.ok(few > 0 && many <= few + LEVELS);
  assert.deepEqual(await looksFor([...tokens, unknown]), []);

  /** Blocks that the database reads for each, in its memory or on its disk: the most. */
  async function blocksFor(some: readonly string[]): Promise<number> {
    const looks = await looksFor(some);
    assert.equal(looks.length, some.length);
    let most = 0;
    for (const { text, values } of looks) {
      const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values);
      const { Plan: plan } = rows[0]['QUERY PLAN'][0];
      assert.equal(plan['Actual Rows'], 1);
      most = Math.max(most, plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
    }
    return most;
  }

  /** What of the database is asked about keys while these are verified. */
  async function looksFor(some: readonly string[]): Promise<QueryConfig[]> {
    const spy = mock.method(Client.prototype, 'query');
    try {
      for (const token of some) assert.equal(await statusAt(server.url, token), token === unknown ? 401 : 204);
      const asked = spy.mock.calls.map(({ arguments: [first] }) => first as unknown as QueryConfig | string);
      return asked
        .filter(one => typeof one !== 'string')
        .filter(({ text }) => /^select .* from "?access_keys/.test(text));
    } finally {
      spy.mock.restore();
    }
  }
});

async function connected(database: string): Promise<Client & AsyncDisposable> {
  const client = new Client(database);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
