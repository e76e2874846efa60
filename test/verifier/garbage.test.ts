import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { formatToken, newKeyId, newSecret } from '@keywright/core';
import { createVerifier, digestOf } from '@keywright/verifier';
import { until } from '../support/until.ts';
import { verdictOf } from './world.ts';

const KEY = newKeyId(randomBytes);
const SECRET = newSecret(KEY, randomBytes);
const TOKEN = formatToken('kw', KEY, SECRET).reveal();

const GOOD = {
  key: KEY,
  digest: Buffer.from(digestOf(SECRET), 'latin1').toString('base64url'),
  name: null,
  enabled: true,
  notBefore: null,
  expiresAt: null,
  permission: 'read_write',
  grants: {},
  networks: [] as unknown[],
  project: null,
  owner: { kind: 'member', id: 'mem_x', name: 'Ada', role: 'owner', active: true },
  account: { id: 'acc_x', active: true },
  limits: [],
};

const HASH = `"hash":"${'0'.repeat(64)}"`;
const BEAT = `event: heartbeat\ndata: {"sequence":1,${HASH}}\n\n`;
const asFacts = (facts: object) => JSON.stringify({ keys: [facts], apis: [] });
const without = (field: keyof typeof GOOD) => asFacts({ ...GOOD, [field]: undefined });

describe('garbage in place of the server lets nobody in, and refuses nobody', () => {
  let facts: string;
  let feed: string;
  let factsStatus = 200;
  let acknowledged = '{"sequence":1}';
  const server = createServer(answer);
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '' } = request;
    if (url.includes('/changes')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(feed);
    } else if (url.includes('/facts')) response.writeHead(factsStatus).end(facts);
    else response.end(url.includes('/acknowledge') ? acknowledged : '{"done":true}');
  }

  function connect() {
    const { port } = server.address() as { port: number }; // it listens on a port
    return createVerifier({ server: `http://127.0.0.1:${port}`, credential: TOKEN, staleMaxMs: 60_000 });
  }

  test('facts', async () => {
    feed = BEAT;
    await using verifier = connect();
    await verifier.ready();
    const table: string[] = [
      '',
      'null',
      '[]',
      '{"keys":{},"apis":[]}',
      '{"keys":[null],"apis":[]}',
      '<html>Sign in to the network</html>',
      asFacts(GOOD).slice(0, -3),
      without('digest'),
      without('enabled'),
      without('expiresAt'),
      without('networks'),
      without('owner'),
      without('limits'),
      asFacts({ ...GOOD, digest: 'AAAA' }),
      asFacts({ ...GOOD, digest: `${GOOD.digest}=` }),
      asFacts({ ...GOOD, enabled: 'false' }),
      asFacts({ ...GOOD, expiresAt: 1 }),
      asFacts({ ...GOOD, expiresAt: 'tomorrow' }),
      asFacts({ ...GOOD, expiresAt: '2026-99-99T00:00:00Z' }),
      asFacts({ ...GOOD, permission: 'all' }),
      asFacts({ ...GOOD, grants: { api: 'write' } }),
      asFacts({ ...GOOD, grants: [] }),
      asFacts({ ...GOOD, networks: ['everywhere'] }),
      asFacts({ ...GOOD, networks: [null] }),
      asFacts({ ...GOOD, key: KEY.toLowerCase() }),
      asFacts({ ...GOOD, owner: { ...GOOD.owner, role: 'god' } }),
    ];
    for (facts of table)
      assert.equal(await verdictOf(() => verifier.verify(TOKEN)), 'unavailable', facts.slice(0, 300));
    facts = asFacts(GOOD);
    for (factsStatus of [400, 401, 403, 404, 500, 503, 302])
      assert.equal(await verdictOf(() => verifier.verify(TOKEN)), 'unavailable', `${factsStatus}`);
    factsStatus = 200;
    assert.equal(await verdictOf(() => verifier.verify(TOKEN)), 'allowed');
  });

  test('facts of keys that nobody asked for', async () => {
    feed = BEAT;
    await using verifier = connect();
    const other = newKeyId(randomBytes);
    facts = asFacts({ ...GOOD, key: other });
    assert.equal(await verdictOf(() => verifier.verify(TOKEN)), 'unknown');
    const secret = newSecret(other, randomBytes);
    facts = '{"keys":[],"apis":[]}';
    assert.equal(await verdictOf(() => verifier.verify(formatToken('kw', other, secret).reveal())), 'unknown');
    assert.equal(verifier.health().entries, 0);
  });

  test('the feed', async () => {
    facts = asFacts(GOOD);
    const table = [
      '<html>\n\n',
      'event: heartbeat\ndata: {}\n\n',
      'event: heartbeat\ndata: {"sequence":1}\n\n',
      'event: heartbeat\ndata: {"sequence":1,"hash":1}\n\n',
      `event: heartbeat\ndata: {"sequence":"1",${HASH}}\n\n`,
      `event: heartbeat\ndata: {"sequence":-1,${HASH}}\n\n`,
      `event: change\ndata: {"sequence":2,${HASH},"kind":"everything","id":"x"}\n\n`,
      `${BEAT}data: `.repeat(3) + 'x'.repeat(100_000),
    ];
    for (feed of table) {
      await using verifier = connect();
      const error = await until(() => verifier.health().error, { what: feed.slice(0, 100) }).catch(() => null);
      if (error === null) assert.equal(verifier.health().sequence, null, feed.slice(0, 100));
      else assert.match(error, /feed|read/, feed.slice(0, 100));
    }
  });

  test('acknowledgements', async () => {
    feed = BEAT;
    for (acknowledged of ['', 'null', '{"sequence":null}', '{"sequence":"1"}', '{"sequence":2}', '[1]']) {
      await using verifier = connect();
      await assert.rejects(verifier.ready(300), { code: 'unavailable' });
      assert.equal(verifier.health().stale, true, acknowledged);
    }
    acknowledged = '{"sequence":1}';
    await using verifier = connect();
    await verifier.ready();
  });
});
