import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ConfigError, readConfig } from '@keywright/server';
import { KeywrightProcess } from '../robust/server-process.ts';
import { ADA, type Owner, setUp } from '../robust/set-up.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type SentSpan, startOtlpReceiver } from './otlp-receiver.ts';

/** Asks for a decision with all of the request in one piece, as fetch does not. */
async function inOnePiece(url: string, headers: Record<string, string>, body: object): Promise<void> {
  const sent = request(`${url}/v1/verify`, { method: 'POST', headers }).end(JSON.stringify(body));
  const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
}

const ERROR = 2;
const JSON_TYPE = { 'content-type': 'application/json' };

/** A trace of another process. */
const newTrace = () => ({ trace: randomBytes(16).toString('hex'), span: randomBytes(8).toString('hex') });
const parentOf = ({ trace, span }: ReturnType<typeof newTrace>, flags = '01') => ({
  traceparent: `00-${trace}-${span}-${flags}`,
});

describe('traces', () => {
  const opened = new AsyncDisposableStack();
  let spans: SentSpan[];
  let owner: Owner;
  const [created, refused, allowed, denied, json, apart, graphql, unkept] = Array.from({ length: 8 }, newTrace);

  before(async () => {
    const receiver = opened.use(await startOtlpReceiver());
    const folder = opened.use(tempFolder());
    const env = { KEYWRIGHT_DATA: folder.path, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const server = opened.use(new KeywrightProcess({ env }));
    owner = await setUp(server);
    const url = await server.listening();
    const key = { authorization: `Bearer ${owner.token}` };
    const ask = async (path: string, headers: Record<string, string>, body?: object) => {
      const post = body && { method: 'POST', body: JSON.stringify(body) };
      await (await fetch(url + path, { ...post, headers: { ...headers, ...(body && JSON_TYPE) } })).arrayBuffer();
    };
    await ask(
      '/v1/access-keys',
      { ...key, ...parentOf(created ?? assert.fail()), 'x-request-id': 'for-the-log' },
      { name: 'seen by nobody' },
    );
    await ask('/v1/access-keys/KWAAAAAAAAAAAAAAAAAA', { ...key, ...parentOf(refused ?? assert.fail()) });
    await ask('/v1/auth', { ...key, ...parentOf(allowed ?? assert.fail()) });
    await ask('/v1/auth', { authorization: 'Bearer nonsense', ...parentOf(denied ?? assert.fail()) });
    await inOnePiece(url, { ...JSON_TYPE, ...parentOf(json ?? assert.fail()) }, { credential: owner.token });
    await ask('/v1/verify', parentOf(apart ?? assert.fail()), { credential: owner.token });
    await ask('/v1/verify', {}, { credential: owner.token });
    await ask('/v1/auth', { ...key, ...parentOf(unkept ?? assert.fail(), '00') });
    await ask('/v1/members', { ...key, ...parentOf(unkept ?? assert.fail(), '00') });
    await ask('/v1/auth', key);
    await ask(
      '/graphql',
      { ...key, ...parentOf(graphql ?? assert.fail()) },
      { query: '{ whoami { account { id } } listMembers { items { id } } }' },
    );
    const { code, stderr } = await server.end('SIGTERM');
    assert.deepEqual([code, stderr], [0, '']);
    spans = receiver.spans;
  });
  after(() => opened.disposeAsync());

  const of = (one: ReturnType<typeof newTrace> | undefined) => spans.filter(({ traceId }) => traceId === one?.trace);

  test('an operation goes on with the trace that its request names, and what takes its time in it has a span of its own', () => {
    const [operation, transaction] = ['createAccessKey', 'transaction'].map(name =>
      of(created).find(span => span.name === name),
    );
    assert.equal(of(created).length, 2);
    assert.equal(operation?.parentSpanId, created?.span);
    assert.equal(transaction?.parentSpanId, operation?.spanId);
    const { attributes, resource } = operation ?? assert.fail();
    assert.deepEqual(
      [attributes['keywright.operation'], attributes['keywright.request_id']],
      ['createAccessKey', 'for-the-log'],
    );
    assert.deepEqual(
      [attributes['keywright.caller.kind'], attributes['keywright.caller.id']],
      ['access_key', owner.key],
    );
    assert.equal(resource['service.name'], 'keywright');
    assert.match(String(resource['service.instance.id']), /^nod_/);
  });

  test('a refusal says its code, and is no error of ours', () => {
    const [span] = of(refused);
    assert.deepEqual([span?.name, span?.attributes['error.type']], ['getAccessKey', 'not_found']);
    assert.notEqual(span?.status, ERROR);
  });

  test('questions of a trace that is kept have a span with the result, all others none', () => {
    for (const [one, door, status, result] of [
      [allowed, 'forward_auth', 204, 'allowed'],
      [denied, 'forward_auth', 401, 'malformed'],
      [json, 'verify', 200, 'allowed'],
    ] as const) {
      const [span, ...more] = of(one);
      assert.deepEqual(more, []);
      assert.deepEqual([span?.name, span?.parentSpanId], ['verify', one?.span]);
      assert.deepEqual(span?.attributes, {
        'keywright.door': door,
        'http.response.status_code': status,
        'keywright.result': result,
      });
    }
    assert.equal(of(apart)[0]?.name, 'verify', 'what came in several pieces takes the way of all operations');
    assert.equal(spans.filter(({ name }) => name === 'verify').length, 4);
  });

  test('each field of GraphQL is a span of the request', () => {
    assert.deepEqual(
      of(graphql)
        .map(({ name }) => name)
        .sort(),
      ['listMembers', 'whoami'],
    );
    for (const { parentSpanId } of of(graphql)) assert.equal(parentSpanId, graphql?.span);
  });

  test('what is in a trace that is not kept has none; what is in no trace begins one', () => {
    assert.deepEqual(of(unkept), []);
    const begun = spans.find(({ name }) => name === 'setUp');
    assert.ok(begun !== undefined && !begun.parentSpanId);
  });

  test('nothing that was given to an operation is in a span, and no secret', () => {
    const all = JSON.stringify(spans);
    const secret = owner.token.split('_')[2] ?? assert.fail();
    for (const text of [secret, ADA.password, ADA.email, 'seen by nobody', 'nonsense'])
      assert.ok(!all.includes(text), text);
  });
});

for (const timeout of ['', '300'])
  test(`a collector that is away is told in the log, and keeps nobody: neither who asks nor the end (timeout ${timeout || 'as it is'})`, async () => {
    using folder = tempFolder();
    const endpoint = `http://127.0.0.1:${await freePort()}/v1/traces`;
    const otel = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: timeout };
    const env = { KEYWRIGHT_DATA: folder.path, ...otel };
    await using server = new KeywrightProcess({ env });
    const url = await server.listening();
    assert.equal((await fetch(`${url}/v1/setup`)).status, 200);
    const began = performance.now();
    const { code, stderr } = await server.end('SIGTERM');
    assert.equal(code, 0);
    assert.ok(performance.now() - began < 5000);
    assert.match(stderr, /"msg":"the last traces could not be sent"/);
  });

test('settings of OpenTelemetry', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  assert.equal(readConfig({}, {}).traces, undefined);
  assert.equal(readConfig({}, { ...endpoint, OTEL_SDK_DISABLED: 'true' }).traces, undefined);
  assert.deepEqual(readConfig({}, endpoint).traces, { serviceName: 'keywright', ratio: 1 });
  const named = { ...endpoint, OTEL_SERVICE_NAME: 'keys', OTEL_TRACES_SAMPLER_ARG: '0.05' };
  assert.deepEqual(readConfig({}, named).traces, { serviceName: 'keys', ratio: 0.05 });
  for (const wrong of [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { ...endpoint, OTEL_TRACES_SAMPLER_ARG: '2' },
  ])
    assert.throws(() => readConfig({}, wrong), ConfigError);
});
