import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { isReading, type Operation, type OperationName, operations } from '@keywright/contract';
import { ERRORS, parseNetwork } from '@keywright/core';
import fc from 'fast-check';
import { type DatabaseKind, emailOf, startTestApp, type TestApp } from '../support/app.ts';
import {
  type Hostile,
  hostileBodies,
  hostileCarriers,
  hostileHeaders,
  hostilePaths,
  hostileRequests,
  hostileTypes,
} from './hostile-requests.ts';
import { hostileTexts, hostileValues, jsonText } from './hostile-values.ts';
import { Rows } from './rows.ts';
import { type Answer, type Sent, Wire } from './wire.ts';
import { makeWorld, signIn, validInputs, type World } from './world.ts';

/** Whatever is sent: never a 5xx, never a changed row behind a refusal, always a problem document that names the field. */
const INPUTS_MIN = 20_000;

/** How many inputs for each operation and for each of the other doors. */
const SHARES: Record<DatabaseKind, number> = { sqlite: 450, postgres: 60 };

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
  });
}

async function tryOperation(app: TestApp, wire: Wire, entry: Operation, runs: number): Promise<void> {
  const world = await makeWorld(app.app, wire, entry.name);
  const rows = await Rows.of(app.app.store);
  const requests = hostileRequests(entry, validInputs(world)[entry.name as OperationName], identity(entry, world));
  await fc.assert(
    fc.asyncProperty(requests, async ({ sent, broken }) => {
      const answer = await ask(wire, sent);
      checkAnswer(answer, broken);
      await checkRows(rows, answer, !isReading(entry));
    }),
    { numRuns: runs },
  );
}

function identity(entry: Operation, world: World): [string, string][] {
  if (entry.right === 'public') return [];
  return entry.sessionOnly ? [['cookie', world.cookie]] : [['authorization', `Bearer ${world.token}`]];
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
  if (broken === undefined) return;
  assert.ok(errors.some(({ field }) => field === broken), JSON.stringify(errors));
}

/** Only what was done may have changed rows, and nothing that only reads. */
async function checkRows(rows: Rows, { status }: Answer, mayChange: boolean): Promise<void> {
  if (status < 300 && mayChange) await rows.accept();
  else assert.equal(await rows.haveChanged(), false, `a row has changed behind a ${status}`);
}
