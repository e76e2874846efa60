import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { operations } from '@keywright/contract';
import { formatToken, newKeyId, newSecret } from '@keywright/core';
import { startWorkers } from '../robust/start-workers.ts';
import { DATABASES, makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { checkMetrics, checkRules } from '../support/promtool.ts';
import { startRedis } from '../support/redis.ts';
import { root } from '../support/source-tree.ts';
import { until } from '../support/until.ts';
import { type Scrape, type Served, scrape } from './samples.ts';

for (const kind of DATABASES) {
  describe(`/metrics on ${kind}`, () => {
    const opened = new AsyncDisposableStack();
    let app: TestApp;
    let acme: TestAccount;
    let token: string;
    let key: string;
    let first: Scrape;
    let last: Scrape;

    before(async () => {
      app = opened.use(await startTestApp(kind));
      acme = await makeAccount(app.app, 'Acme');
      ({ key, token } = await makeKey(app.app, acme.callers.owner, { name: 'seen by nobody' }));
      first = await scrape(app.url);
      await use(app.url, token);
      last = await until(async () => {
        const now = await scrape(app.url);
        return rise(now, 'keywright_feed_sequence') >= 1 && now;
      });
    });
    after(() => opened.disposeAsync());

    const rise = (now: Scrape, sample: string) => (now.samples.get(sample) ?? 0) - (first.samples.get(sample) ?? 0);
    const risen = (sample: string) => rise(last, sample);

    test('promtool finds nothing, neither at the start nor when much has happened', async () => {
      assert.equal(await checkMetrics(first.text), '');
      assert.equal(await checkMetrics(last.text), '');
      assert.notEqual(await checkMetrics('# TYPE wrong_total gauge\nwrong_total 1\n'), '');
    });

    test('decisions are counted by door and result', () => {
      const decided = (door: string, result: string) =>
        risen(`keywright_decisions_total{door="${door}",result="${result}"}`);
      assert.equal(decided('forward_auth', 'allowed'), 3);
      assert.equal(decided('forward_auth', 'malformed'), 2);
      assert.equal(decided('forward_auth', 'unknown'), 1);
      assert.equal(decided('verify', 'allowed'), 3, 'each of several in one request counts');
      assert.equal(decided('verify', 'inactive'), 0);
      assert.equal(decided('management', 'allowed'), 2);
      assert.equal(risen('keywright_decision_duration_seconds_count{door="forward_auth"}'), 5);
      assert.ok(risen('keywright_decision_duration_seconds_sum{door="forward_auth"}') > 0);
      assert.equal(risen('keywright_decision_duration_seconds_bucket{le="+Inf",door="verify"}'), 3);
    });

    test('the cache tells what it holds, finds and forgets', () => {
      assert.equal(risen('keywright_cache_entries{kind="unknown"}'), 1);
      assert.equal(risen('keywright_cache_lookups_total{result="miss"}'), 2, 'the key and an unknown one');
      assert.equal(risen('keywright_cache_lookups_total{result="hit"}'), 7);
      assert.equal(risen('keywright_cache_evictions_total{cause="change"}'), 1);
      assert.equal(risen('keywright_cache_evictions_total{cause="full"}'), 0);
    });

    test('the database and the feed of changes', () => {
      assert.equal(last.samples.get('keywright_database_up'), 1);
      assert.ok((last.samples.get('keywright_feed_age_seconds') ?? 9) < 2);
      assert.ok(risen('keywright_database_poll_duration_seconds_count') > 0);
      assert.equal(last.samples.get('keywright_database_poll_failures_total'), 0);
      const pooled = last.samples.get('keywright_database_connections{pool="reading",state="idle"}');
      assert.equal(pooled === undefined, kind === 'sqlite');
    });

    test('answers of the management API by operation and status', () => {
      assert.equal(risen('keywright_http_requests_total{operation="getAccessKey",status="200"}'), 1);
      assert.equal(risen('keywright_http_requests_total{operation="deactivateAccessKey",status="200"}'), 1);
      assert.equal(risen('keywright_http_requests_total{operation="listMembers",status="401"}'), 1);
      assert.equal(risen('keywright_http_requests_total{operation="graphql",status="200"}'), 1);
      assert.equal(risen('keywright_http_requests_total{operation="other",status="404"}'), 1);
      assert.equal(risen('keywright_http_request_duration_seconds_count{operation="getAccessKey"}'), 1);
    });

    test('no label holds what is of a key, an account or a person', () => {
      const known = new Set<string>(['graphql', 'signIn', 'signOut', 'other', ...operations.map(({ name }) => name)]);
      for (const [, operation = ''] of last.text.matchAll(/operation="([^"]*)"/g)) assert.ok(known.has(operation));
      const { owner } = acme.callers;
      for (const text of [key, token, 'Acme', 'acme', 'seen by nobody', acme.id, owner.owner.id, '/nowhere'])
        assert.ok(!last.text.includes(text), text);
      assert.doesNotMatch(last.text, /\b(KW[A-Z2-7]{18}|[a-z]{3}_[a-z2-7]{20})\b/);
    });

    test('docs/operating.md has a line for each, with its type and labels, and for no other', () => {
      const documented = documentedMetrics();
      const told = (metrics: readonly Served[]) => metrics.map(({ name, type, help }) => ({ name, type, help }));
      assert.deepEqual(told(documented), told(last.metrics));
      for (const [place, { name, labels }] of last.metrics.entries())
        if (last.text.includes(`\n${name}`)) assert.deepEqual(documented[place]?.labels, labels, name);
    });
  });
}

test('the alerts of docs/operating.md are rules, about metrics that there are', async () => {
  const document = readFileSync(join(root, 'docs', 'operating.md'), 'utf8');
  const rules = /^```yaml\n(# rules\.yml\n.*?)^```$/ms.exec(document)?.[1] ?? assert.fail();
  assert.equal(await checkRules(rules), '');
  assert.notEqual(await checkRules(rules.replace('== 0', '== (')), '');
  const known = new Set(documentedMetrics().map(({ name }) => name));
  const named = [...rules.matchAll(/\b(?:keywright|nodejs|process)_\w+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(known.has(name), name);
});

describe('/metrics', () => {
  test('verifiers in applications are counted, and their streams', async () => {
    await using app = await startTestApp();
    const acme = await makeAccount(app.app, 'Acme');
    const { token } = await makeKey(app.app, acme.callers.owner);
    const asked = '/v1/verifiers/changes?verifier=ver_aaaaaaaaaaaaaaaaaaaa&staleMaxMs=10000';
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const stream = await fetch(app.url + asked, { headers });
    assert.equal(stream.status, 200, stream.ok ? '' : await stream.text());
    const { samples } = await scrape(app.url);
    await stream.body?.cancel();
    assert.equal(samples.get('keywright_followers{kind="node"}'), 1);
    assert.equal(samples.get('keywright_followers{kind="verifier"}'), 1);
    assert.equal(samples.get('keywright_streams'), 1);
  });

  test('a Redis that counts rates, and one that is away', async () => {
    await using redis = await startRedis();
    await using app = await startTestApp('sqlite', { redis: redis.url });
    const acme = await makeAccount(app.app, 'Acme');
    const rateLimits = [{ name: 'steady', max: 1000, perSeconds: 1 }];
    const { token } = await makeKey(app.app, acme.callers.owner, { rateLimits });
    const headers = { authorization: `Bearer ${token}` };
    const figures = async () => {
      assert.equal((await fetch(`${app.url}/v1/auth`, { headers })).status, 204);
      const { text, samples } = await scrape(app.url);
      assert.equal(await checkMetrics(text), '');
      return [samples.get('keywright_redis_up'), samples.get('keywright_rates_degraded_total')];
    };
    await until(() => app.app.limiter.isShared);
    assert.deepEqual(await figures(), [1, 0]);
    await redis.kill();
    await until(() => app.app.limiter.isShared === false);
    assert.deepEqual(await figures(), [0, 1]);
  });

  test('whichever of several workers is asked, it answers for all', async () => {
    await using workers = await startWorkers();
    const headers = { authorization: `Bearer ${workers.adminToken}`, connection: 'close' };
    for (let n = 0; n < 20; n++) assert.equal((await fetch(`${workers.url}/v1/auth`, { headers })).status, 204);
    const decided = 'keywright_decisions_total{door="forward_auth",result="allowed"}';
    // A process that does not answer in time is left out.
    const whole = () =>
      until(async () => {
        const one = await scrape(workers.url, { connection: 'close' });
        return one.samples.get('keywright_processes') === 2 && one;
      });
    const { samples } = await whole();
    assert.equal(samples.get(decided), 20);
    for (let n = 0; n < 10; n++) assert.equal((await whole()).samples.get(decided), 20);
    assert.equal(samples.get('keywright_database_up'), 1);
    assert.equal(samples.get('keywright_followers{kind="node"}'), 2);
    const { text, metrics } = await whole();
    assert.equal(await checkMetrics(text), '');
    assert.ok(metrics.some(({ name }) => name === 'process_start_time_seconds'));
  });
});

/** The rows of the table of metrics, in their order. */
function documentedMetrics(): Served[] {
  const document = readFileSync(join(root, 'docs', 'operating.md'), 'utf8');
  const rows = document.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm);
  return [...rows].map(([, name = '', type = '', labels = '', help = '']) => ({
    name,
    type,
    help,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
  }));
}

/** Something of everything that is counted. */
async function use(url: string, token: string): Promise<void> {
  const key = { authorization: `Bearer ${token}` };
  const json = { 'content-type': 'application/json' };
  const ask = async (path: string, init: RequestInit = {}) => {
    await (await fetch(url + path, init)).arrayBuffer();
  };
  for (let n = 0; n < 3; n++) await ask('/v1/auth', { headers: key });
  await ask('/v1/auth');
  await ask('/v1/auth', { headers: { authorization: 'Bearer nonsense' } });
  await ask('/v1/auth', { headers: { authorization: `Bearer ${unknownToken()}` } });
  const items = [{ credential: token }, { credential: token }];
  for (const body of [{ items }, { credential: token }])
    await ask('/v1/verify', { method: 'POST', headers: json, body: JSON.stringify(body) });
  const id = token.split('_')[1];
  await ask(`/v1/access-keys/${id}`, { headers: key });
  await ask('/v1/members');
  await ask('/v1/nowhere');
  await ask('/graphql', { method: 'POST', headers: json, body: JSON.stringify({ query: '{ __typename }' }) });
  await ask(`/v1/access-keys/${id}/deactivate`, { method: 'POST', headers: { ...key, ...json }, body: '{}' });
}

/** Well formed, and nobody's. */
function unknownToken(): string {
  const key = newKeyId(randomBytes);
  return formatToken('kw', key, newSecret(key, randomBytes)).reveal();
}
