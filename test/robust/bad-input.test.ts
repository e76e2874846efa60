import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  inputProperties,
  isReading,
  type Operation,
  type OperationName,
  operations,
  pathFields,
} from '@keywright/contract';
import { ERRORS, parseNetwork } from '@keywright/core';
import fc from 'fast-check';
import { type DatabaseKind, startTestApp, type TestApp } from '../support/app.ts';
import { hostileBytes } from './hostile-bytes.ts';
import { hostileForwardAuth, hostilePosts, hostileRequests, sentFor } from './hostile-requests.ts';
import { hostileCursors, hostileTexts, hostileValues } from './hostile-values.ts';
import { Rows } from './rows.ts';
import { type Answer, exchangeBytes, type Sent, Wire } from './wire.ts';
import { makeWorld, someAddress, validInputs, type World } from './world.ts';

/** Whatever is sent: never a 5xx, never a changed row behind a refusal, always a problem document that names the field. */
const INPUTS_MIN = 20_000;

/** How many inputs for each operation and for each of the other doors. */
const SHARES: Record<DatabaseKind, number> = { sqlite: 310, postgres: 50 };

/** Stands for the cookie of a session, which may be another one by the time that the request is made. */
const SESSION = 'the session';

let inputs = 0;

after(() => {
  console.log(`bad input: ${inputs} inputs were sent`);
  assert.ok(inputs >= INPUTS_MIN, `only ${inputs} inputs were sent`);
});

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`bad input on ${kind}`, async () => {
    const loopback = parseNetwork('127.0.0.0/8');
    assert.ok(loopback);
    const app = await startTestApp(kind, { trustedProxies: [loopback] });
    const wire = new Wire(app.url);
    after(async () => {
      wire[Symbol.dispose]();
      await app[Symbol.asyncDispose]();
    });

    for (const entry of operations) test(entry.name, () => tryOperation(app, wire, entry, SHARES[kind]));
    test('cursors of lists', () => tryCursors(app, wire, SHARES[kind] * 5));
    test('forward-auth', () => tryForwardAuth(app, wire, SHARES[kind] * 10));
    test('credentials to verify', () => tryCredentials(app, wire, SHARES[kind] * 4));
    test('sign-in', () => trySignIn(app, wire, SHARES[kind]));
    test('broken HTTP', () => tryBytes(app, SHARES[kind]));
  });
}

async function tryOperation(app: TestApp, wire: Wire, entry: Operation, runs: number): Promise<void> {
  const world = await makeWorld(app.app, wire, entry.name);
  const rows = await Rows.of(app.app.store);
  const requests = hostileRequests(entry, validInputs(world)[entry.name as OperationName], identity(entry, world));
  await fc.assert(
    fc.asyncProperty(requests, async ({ sent, broken }) => {
      const headers = sent.headers.map(([name, value]) => [name, value === SESSION ? world.cookie : value] as const);
      const answer = await ask(wire, { ...sent, headers });
      checkAnswer(answer, broken);
      if (answer.status < 300 && entry.name === 'revokeSessions') await world.signInAgain();
      await checkRows(rows, answer, !isReading(entry));
    }),
    { numRuns: runs },
  );
}

/** PostgreSQL, unlike SQLite, does not compare a text with a number. */
async function tryCursors(app: TestApp, wire: Wire, runs: number): Promise<void> {
  const world = await makeWorld(app.app, wire, 'lists');
  const lists = operations.filter(entry => 'cursor' in entry.input.shape);
  const requests = fc.constantFrom(...lists).chain(entry => {
    const { enum: sorts = ['-'] } = inputProperties(entry).sort ?? {};
    const valid: Record<string, unknown> = validInputs(world)[entry.name as OperationName];
    const inPath = Object.fromEntries(pathFields(entry).map(field => [field, valid[field]]));
    return fc.record({ sort: fc.constantFrom(...sorts), cursor: hostileCursors }).map(({ sort, cursor }) => {
      const input = { ...inPath, cursor, ...('sort' in entry.input.shape && { sort }) };
      return sentFor(entry, input, identity(entry, world));
    });
  });
  const property = fc.asyncProperty(requests, async sent => checkAnswer(await ask(wire, sent), 'cursor'));
  await fc.assert(property, { numRuns: runs });
}

async function tryForwardAuth(app: TestApp, wire: Wire, runs: number): Promise<void> {
  const world = await makeWorld(app.app, wire, 'gateway');
  const rows = await Rows.of(app.app.store);
  const requests = hostileForwardAuth([['authorization', `Bearer ${world.token}`]]);
  await fc.assert(
    fc.asyncProperty(requests, async ({ sent, mayPass }) => {
      const answer = await ask(wire, sent);
      checkAnswer(answer);
      if (!mayPass) assert.ok(answer.status >= 400, `garbage passed with ${answer.status}`);
    }),
    { numRuns: runs },
  );
  assert.equal(await rows.haveChanged(), false);
}

async function tryCredentials(app: TestApp, wire: Wire, runs: number): Promise<void> {
  const rows = await Rows.of(app.app.store);
  const items = fc.array(fc.record({ credential: hostileTexts }), { minLength: 1, maxLength: 5 });
  const values = fc.oneof(
    fc.record({ credential: hostileTexts, address: hostileTexts }),
    fc.record({ items }),
    hostileValues,
  );
  await fc.assert(
    fc.asyncProperty(hostilePosts('/v1/verify', values), async ({ sent }) => {
      const answer = await ask(wire, sent);
      checkAnswer(answer);
      if (answer.status === 200) assert.doesNotMatch(answer.body, /"allowed":true/);
    }),
    { numRuns: runs },
  );
  assert.equal(await rows.haveChanged(), false);
}

async function trySignIn(app: TestApp, wire: Wire, runs: number): Promise<void> {
  const rows = await Rows.of(app.app.store);
  const values = fc.oneof(fc.record({ email: hostileTexts, password: hostileTexts }), hostileValues);
  await fc.assert(
    fc.asyncProperty(hostilePosts('/api/auth/sign-in/email', values), async ({ sent }) => {
      const answer = await ask(wire, { ...sent, headers: [...sent.headers, ['x-forwarded-for', someAddress()]] });
      checkAnswer(answer);
      assert.ok(answer.status >= 400);
    }),
    { numRuns: runs },
  );
  assert.equal(await rows.haveChanged(), false);
}

/** Nothing sent here is allowed to change anything; what is answered besides a closed connection is a problem document. */
async function tryBytes(app: TestApp, runs: number): Promise<void> {
  const rows = await Rows.of(app.app.store);
  await fc.assert(
    fc.asyncProperty(hostileBytes(new URL(app.url).host), async bytes => {
      inputs++;
      const heard = await exchangeBytes(app.url, bytes);
      if (heard !== '') assert.match(heard, /^HTTP\/1\.1 [1-4]\d\d /);
      assert.doesNotMatch(heard, /^HTTP\/1\.1 5/m);
      const [, head = '', body = ''] = /^(HTTP\/1\.1 4.*?)\r\n\r\n(.*)$/s.exec(heard) ?? [];
      if (/content-length: (?!0\b)/i.test(head)) {
        assert.match(head, /content-type: application\/problem\+json/i);
        assert.match(body, /"code":"\w+".*"requestId":"[\w-]+"/);
      }
    }),
    { numRuns: runs },
  );
  assert.equal(await rows.haveChanged(), false);
}

function identity(entry: Operation, world: World): [string, string][] {
  if (entry.right === 'public') return [];
  return entry.sessionOnly ? [['cookie', SESSION]] : [['authorization', `Bearer ${world.token}`]];
}

async function ask(wire: Wire, sent: Sent): Promise<Answer> {
  inputs++;
  return wire.ask(sent);
}

function checkAnswer({ status, headers, body }: Answer, broken?: string): void {
  assert.ok(status < 500, `${status} ${body}`);
  if (status < 400) return;
  assert.equal(headers['content-type'], 'application/problem+json');
  const problem = JSON.parse(body);
  assert.equal(problem.status, status);
  assert.equal(ERRORS[problem.code as keyof typeof ERRORS]?.status, status, body); // looked up to find out whether it is one
  for (const field of ['type', 'title', 'detail', 'requestId']) assert.ok(problem[field], `${field} lacks in ${body}`);
  if (status === 422) checkFields(problem.errors, broken);
}

function checkFields(errors: { field: unknown; rule: unknown; message: unknown }[], broken?: string): void {
  assert.ok(errors.length > 0);
  for (const error of errors)
    assert.deepEqual([typeof error.field, typeof error.rule, typeof error.message], ['string', 'string', 'string']);
  // That a password is the right one is no matter of its form.
  if (broken === undefined || errors[0]?.rule === 'wrong') return;
  assert.ok(
    errors.some(({ field }) => isWithin(String(field), broken)),
    JSON.stringify(errors),
  );
}

/** Whether the field is the broken one or a part of it. A long name comes back cut off. */
function isWithin(field: string, broken: string): boolean {
  if (broken.length > 80) return field.startsWith(broken.slice(0, 79));
  return field === broken || field.startsWith(`${broken}.`);
}

/** Only what was done may have changed rows, and nothing that only reads. */
async function checkRows(rows: Rows, { status }: Answer, mayChange: boolean): Promise<void> {
  if (status < 300 && mayChange) await rows.accept();
  else assert.equal(await rows.haveChanged(), false, `a row has changed behind a ${status}`);
}
