import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Answer, ask, bearer, type Question } from './ask.ts';
import { CASES } from './cases.ts';
import { type Gateway, settingsOf, silenceOf } from './documented.ts';
import { type Arrived, startEchoServer, valuesOf } from './echo-server.ts';
import { IDENTITY } from './rights.ts';
import { startSilentServer } from './silent-server.ts';
import { assertProblem, portOf, Stand } from './stand.ts';

/** What a Keywright that hangs says before it does. */
const SILENCE = {
  'never answers': '',
  'answers half a head': 'HTTP/1.1 204 No Content\r\nX-Key-Id: KWAAAAAAAAAAAAAAAAAA\r\nX-Key-Ow',
};
/** How late timers of a busy machine may be. */
const LATE_MS = 1000;

/** All that must hold at a gateway which is set up as its document says. */
export function holdsItsCases(gateway: Gateway): void {
  describe(`${gateway.name}, as documented, in front of an API`, () => {
    let stand: Stand;
    before(async () => {
      stand = await Stand.make(gateway);
    });
    after(() => stand[Symbol.asyncDispose]());
    for (const { name, holds } of CASES) test(name, () => holds(stand));
  });

  describe(`what ${gateway.name}, as documented, asks`, () => {
    test('is the method, path and address of the request, once each, without its body', () => asksWhatIsTrue(gateway));
    test('passes with a yes only, and with no identity but what was said', () => passesWithYesOnly(gateway));
    test('429, or 403 in its place, reaches the client', () => tellsOfLimits(gateway));
  });

  test(`when Keywright is down, nothing passes ${gateway.name}`, () => closesWhenDown(gateway));
  test(`when Keywright can not load the facts of a key, nothing passes ${gateway.name}`, () =>
    closesWhenUnavailable(gateway));
  for (const [what, bytes] of Object.entries(SILENCE))
    test(`when Keywright ${what}, nothing passes ${gateway.name}, and nobody waits for longer than documented`, t =>
      closesWhenSilent(t, gateway, bytes));
}

async function asksWhatIsTrue(gateway: Gateway): Promise<void> {
  await using keywright = await startEchoServer(() => yes(gateway));
  await using api = await startEchoServer();
  await using running = await gateway.start({ keywright: keywright.port, api: api.port });
  const claims = ['X-Forwarded-Method', 'X-Forwarded-Uri', 'X-Forwarded-For', 'x-FORWARDED-method'];
  const chunked: [string, string] = ['Transfer-Encoding', 'chunked'];
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
    const question: Question = {
      method,
      path: '/a%2Fb/c;d?x=1&token=2',
      from: '127.0.0.3',
      ...(method === 'POST' || method === 'DELETE' ? { body: 'the body' } : {}),
      headers: [
        ...claims.map((name): [string, string] => [name, 'forged']),
        ...(method === 'DELETE' ? [chunked] : []),
        bearer('one'),
        ['X-API-Key', 'two'],
      ],
    };
    assert.equal((await ask(running.port, question)).status, 200);
    const asked = keywright.arrived.at(-1) ?? assert.fail();
    assertNames(gateway, asked, method, question.path ?? '');
    assert.deepEqual(valuesOf(asked, 'X-Forwarded-For'), ['127.0.0.3']);
    assert.deepEqual(valuesOf(asked, 'Authorization'), ['Bearer one']);
    assert.deepEqual(valuesOf(asked, 'X-API-Key'), ['two']);
    assert.equal(asked.body, '');
    assert.deepEqual(valuesOf(asked, 'Transfer-Encoding'), []);
    assert.ok(['', '0'].includes(valuesOf(asked, 'Content-Length').join()));
    assert.equal(api.arrived.at(-1)?.body, question.body ?? '');
  }
  assert.equal(keywright.arrived.length, api.arrived.length);
}

/** The question names the original request in the way that the document has set for Keywright. */
function assertNames(gateway: Gateway, asked: Arrived, method: string, path: string): void {
  if (settingsOf(gateway.document).forwardedHeaders === 'envoy') {
    assert.deepEqual([asked.method, asked.url], [method, `/v1/auth${path}`]);
    return;
  }
  assert.deepEqual([asked.method, asked.url.split('?', 1)], ['GET', ['/v1/auth']]);
  assert.deepEqual(valuesOf(asked, 'X-Forwarded-Method'), [method]);
  assert.deepEqual(valuesOf(asked, 'X-Forwarded-Uri'), [path]);
}

const yes = (gateway: Gateway) => ({
  status: gateway.yes[0] ?? assert.fail(),
  headers: gateway.keepsUnsaid ? IDENTITY.flatMap(name => [name, '']) : [],
});

async function passesWithYesOnly(gateway: Gateway): Promise<void> {
  let status = 204;
  await using keywright = await startEchoServer(() => ({ ...yes(gateway), status }));
  await using api = await startEchoServer();
  await using running = await gateway.start({ keywright: keywright.port, api: api.port });
  const headers = IDENTITY.map((name): [string, string] => [name, 'forged']);
  for (status of [200, 204, 302, 400, 401, 403, 404, 429, 500, 503]) {
    const count = api.arrived.length;
    const answer = await ask(running.port, { headers });
    assert.equal(api.arrived.length - count, gateway.yes.includes(status) ? 1 : 0, String(status));
    if (gateway.yes.includes(status)) assert.equal(answer.status, 200);
    else if (status >= 300) assert.ok(answer.status >= 300, `${status}: ${answer.status}`);
    if ([401, 403].includes(status)) assert.equal(answer.status, status);
  }
  assert.ok(api.arrived.every(arrived => !JSON.stringify(arrived).includes('forged')));
}

async function tellsOfLimits(gateway: Gateway): Promise<void> {
  let status = 429;
  await using keywright = await startEchoServer(() => ({ status, headers: ['X-Key-Reason', 'rate_limited'] }));
  await using api = await startEchoServer();
  await using running = await gateway.start({ keywright: keywright.port, api: api.port });
  assert.equal((await ask(running.port)).status, gateway.limited);
  status = 403;
  const { status: said, headers } = await ask(running.port);
  assert.deepEqual([said, headers['x-key-reason']], [403, 'rate_limited']);
  // The document sets the one of the two that the gateway can pass on.
  assert.equal(settingsOf(gateway.document).rateLimitStatus, gateway.limited === 429 ? 429 : 403);
  assert.equal(api.arrived.length, 0);
}

async function closesWhenDown(gateway: Gateway): Promise<void> {
  await using api = await startEchoServer();
  await using keywright = await startTestApp('sqlite', settingsOf(gateway.document));
  await using running = await gateway.start({ keywright: portOf(keywright.url), api: api.port });
  const { token } = await makeKey(keywright.app, (await makeAccount(keywright.app, 'Acme')).callers.admin);
  assert.equal((await ask(running.port, { headers: [bearer(token)] })).status, 200);
  await keywright[Symbol.asyncDispose]();
  for (const headers of [[bearer(token)], [], [bearer(token)]])
    assert.equal((await ask(running.port, { headers })).status, gateway.down);
  assert.equal(api.arrived.length, 1);
}

async function closesWhenUnavailable(gateway: Gateway): Promise<void> {
  await using api = await startEchoServer();
  await using postgres = await startPostgres();
  const settings = { ...settingsOf(gateway.document), database: await postgres.createDatabase() };
  await using keywright = await startTestApp('sqlite', settings);
  await using running = await gateway.start({ keywright: portOf(keywright.url), api: api.port });
  const { token } = await makeKey(keywright.app, (await makeAccount(keywright.app, 'Acme')).callers.admin);
  await postgres.stop();
  const answer = await ask(running.port, { headers: [bearer(token)] });
  assert.equal(answer.status, gateway.unavailable);
  if (gateway.hidesProblem === undefined) assertProblem(answer, 'unavailable');
  if (gateway.hidesProblem !== 'unavailable') assert.equal(answer.headers['retry-after'], '1');
  assert.deepEqual(api.arrived, [], 'the API was reached');
}

async function closesWhenSilent(t: TestContext, gateway: Gateway, bytes: string): Promise<void> {
  const { status, afterMs } = silenceOf(gateway.document);
  await using api = await startEchoServer();
  await using keywright = await startSilentServer(bytes);
  await using running = await gateway.start({ keywright: keywright.port, api: api.port });
  // The time of an imitation is ours, so that half a minute passes at once.
  if (gateway.isImitated) t.mock.timers.enable({ apis: ['setTimeout'] });
  const isLate = async () => {
    const since = performance.now();
    const answering = ask(running.port, { headers: [bearer('one')] });
    await keywright.asked;
    if (gateway.isImitated) {
      t.mock.timers.tick(afterMs - 1);
      assert.equal(await soon(answering), undefined);
      t.mock.timers.tick(1);
    }
    const answer = await (gateway.isImitated ? soon(answering) : answering);
    const ms = performance.now() - since;
    t.diagnostic(`${answer?.status} after ${Math.round(ms)} ms`);
    assert.equal(answer?.status, status);
    return ms > afterMs + LATE_MS;
  };
  // A machine that stands still for a moment does not do so each time.
  for (let tries = 1; await isLate(); tries++) assert.ok(tries < 3, 'it took longer each time');
  assert.deepEqual(api.arrived, [], 'the API was reached');
}

/** What comes before others have asked a few times; undefined: nothing. */
async function soon(answering: Promise<Answer>): Promise<Answer | undefined> {
  await using others = await startEchoServer();
  let answer: Answer | undefined;
  answering.then(
    one => {
      answer = one;
    },
    () => {},
  );
  for (let n = 0; n < 10 && answer === undefined; n++) await ask(others.port);
  return answer;
}
