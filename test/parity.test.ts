import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ApiError,
  type Client,
  contract,
  createClient,
  inputProperties,
  isReading,
  type Operation,
  operations,
  pathFields,
  successStatus,
} from '@keywright/contract';
import {
  ERRORS,
  type ErrorCode,
  type FieldProblem,
  formatToken,
  newKeyId,
  newSecret,
  ROLES,
  scopeOf,
} from '@keywright/core';
import { run } from '@keywright/server';
import { flagOf } from '../packages/cli/src/flags.ts';
import { graphql, withoutNulls } from './graphql/ask.ts';
import { documentFor } from './graphql/document.ts';
import { callerIn, cases, validInput } from './operations/cases.ts';
import { restOf, signIn } from './operations/http.ts';
import { makeWorld, type World } from './operations/world.ts';
import { callOf, emailOf, makeKey, renewSessions, startTestApp } from './support/app.ts';
import { tempFolder } from './support/temp-folder.ts';

/** REST, the client, GraphQL and the command line are one: the same call gets the same answer, and the same refusal, at every door. */
type Input = Record<string, unknown>;

interface Access {
  server: string;
  token?: string;
  cookie?: string;
}

/** What came back, in one form for all doors. */
type Answered = { output: unknown } | { code: string; status: number; detail: string; errors: readonly FieldProblem[] };

type Door = (entry: Operation, input: Input, access: Access) => Promise<Answered>;

const DOORS: Record<string, Door> = {
  REST: askRest,
  client: askClient,
  GraphQL: askGraphql,
  'command line': askCommandLine,
};

function doorsOf(entry: Operation): [name: string, ask: Door][] {
  return Object.entries(DOORS).filter(([name]) => name !== 'command line' || entry.cli !== undefined);
}

async function askRest(entry: Operation, input: Input, { server, ...carried }: Access): Promise<Answered> {
  const { status, headers, body } = await restOf(server, entry, input, carried);
  assert.equal(headers.get('cache-control'), 'no-store');
  if (status < 400) {
    assert.equal(status, successStatus(entry));
    assert.deepEqual(entry.output.parse(body), body, 'more than the contract declares');
    return { output: body };
  }
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.equal(body.status, status);
  assert.equal(headers.get('x-request-id'), body.requestId);
  return problemOf(body);
}

async function askClient(entry: Operation, input: Input, { server, token, cookie }: Access): Promise<Answered> {
  const withCookie: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...init?.headers, cookie: cookie ?? '' } });
  const client = createClient({ server, token, ...(cookie !== undefined && { fetch: withCookie }) });
  // The client has a method for each operation; inside a loop only its name is known.
  const method = client[entry.name as keyof Client] as (input: Input) => Promise<unknown>;
  try {
    return { output: await method(input) };
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return { code: error.code, status: error.status, detail: error.message, errors: error.problems };
  }
}

/** One field that asks for all that the contract declares. */
async function askGraphql(entry: Operation, input: Input, { server, ...carried }: Access): Promise<Answered> {
  const asked = { ...carried, variables: input };
  const { status, data, errors, extensions } = await graphql(server, documentFor(entry.name), asked);
  const [error] = errors;
  if (error === undefined) {
    assert.equal(status, 200);
    const output = data[entry.name];
    const receipt = extensions?.receipts?.[entry.name];
    return { output: output === true ? { done: true, ...(receipt !== undefined && { receipt }) } : output };
  }
  assert.equal(errors.length, 1, JSON.stringify(errors));
  const code = String(error.extensions.code);
  const expected = Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].status : undefined; // looked up before
  // What a field refuses stands in an answer that is a success of HTTP; who can not be let in at all gets no such answer.
  if (error.path === undefined) assert.equal(status, expected);
  else assert.deepEqual([status, data, error.path], [200, { [entry.name]: null }, [entry.name]]);
  return problemOf({ ...error.extensions, status: expected, detail: error.message });
}

const LAUNCHER = join(import.meta.dirname, '../packages/cli/bin/keywright.js');
const home = tempFolder();

function askCommandLine(entry: Operation, input: Input, { server, token }: Access): Promise<Answered> {
  const env: Record<string, string> = { KEYWRIGHT_SERVER: server, XDG_CONFIG_HOME: home.path };
  if (token !== undefined) env.KEYWRIGHT_TOKEN = token;
  // A secret never stands on a command line.
  const { credential, ...typed } = input;
  if (typeof credential === 'string') env.KEYWRIGHT_CREDENTIAL = credential;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [LAUNCHER, '--json', ...wordsOf(entry, typed)], { env }, (failed, stdout, stderr) => {
      try {
        // A receipt that is not complete is answered as well.
        if (failed === null || stdout !== '') return resolve({ output: JSON.parse(stdout) });
        assert.deepEqual([failed.code, stdout], [1, ''], stderr);
        resolve(problemOf(JSON.parse(stderr)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** The input as a person would type it. */
function wordsOf(entry: Operation, input: Input): string[] {
  const flags = Object.entries(input).filter(([field]) => !pathFields(entry).includes(field));
  return [
    ...(entry.cli ?? '').split(' '),
    ...pathFields(entry).map(field => String(input[field])),
    ...flags.flatMap(([field, value]) => flagWords(flagOf(field), value)),
  ];
}

function flagWords(flag: string, value: unknown): string[] {
  if (Array.isArray(value))
    return value.length === 0
      ? [flag, 'none']
      : value.flatMap(one => [flag, typeof one === 'object' ? JSON.stringify(one) : String(one)]);
  if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')];
  if (typeof value === 'object' && value !== null) return [flag, JSON.stringify(value)];
  return [flag, value === null ? 'none' : String(value)];
}

function problemOf({ code, status, detail, errors = [] }: Input): Answered {
  return { code, status, detail, errors } as Answered; // the comparison with the other doors looks at every part
}

function assertOne(name: string, answer: unknown, first: unknown): void {
  if (name === 'GraphQL') assert.deepEqual(withoutNulls(answer), withoutNulls(first), name);
  else assert.deepEqual(answer, first, name);
}

/** Names of what was made anew for each door, in one form. */
function normalised(answered: Answered): unknown {
  const text = JSON.stringify(answered)
    .replaceAll(/\b(acc|mem|sva|prj|per|api|rsv|lse)_[a-z2-7]{20}\b/g, '$1_ID')
    .replaceAll(/KW[A-Z2-7]{18}/g, 'KEY')
    .replaceAll(/\b[0-9A-Za-z]{40}\b|(?<=KEY_)[0-9A-Za-z]{40}/g, 'SECRET')
    // Each door takes of the same limits.
    .replaceAll(/"(remaining|resetAt|moreAt|sharers)":("[^"]+"|\d+)/g, '"$1":0')
    .replaceAll(/(?<=#token=)[\w-]{32}/g, 'TOKEN')
    .replaceAll(/(?<=invited-|person-|Home owner )\d+/g, 'N');
  return JSON.parse(text);
}

/** What a verifier says of itself each second, left out. */
function withoutBeat(answered: Answered): unknown {
  return JSON.parse(
    JSON.stringify(answered).replaceAll(/"(lagMs|seenAt|entries|hitRate|sequence)":("[^"]+"|[\w.]+)/g, '"$1":0'),
  );
}

/** Where nobody needs to be known, what is asked for is refused. */
const REFUSED_PUBLIC: Record<string, [input: (world: World) => Promise<Input> | Input, code: ErrorCode]> = {
  getInvitation: [() => ({ token: 'never-given-out' }), 'gone'],
  acceptInvitation: [async world => ({ ...(await cases.acceptInvitation(world)), token: 'never-given-out' }), 'gone'],
  verify: [async world => ({ ...(await cases.verify(world)), method: 'get' }), 'invalid_value'],
  getSetup: [() => ({ nothing: 'such' }), 'invalid_value'],
  setUp: [cases.setUp, 'gone'],
};

describe('every operation is one at every door', () => {
  let world: World;
  let token: string;
  before(async () => {
    world = await makeWorld('sqlite');
    token = (await makeKey(world.app, callerIn(world), { name: 'Caller' })).token;
  });
  after(() => world[Symbol.asyncDispose]());

  /** What one call of the case carries. */
  async function accessFor(entry: Operation): Promise<Access> {
    const server = world.running.url;
    if (entry.right === 'public') return { server };
    if (!entry.sessionOnly) return { server, token };
    // Each call finds one session, however many there were before.
    await renewSessions(world.app, world.home);
    await run(world.app, 'revokeSessions', {}, callOf(callerIn(world)));
    return { server, cookie: await signIn(server, emailOf('Home', 'owner')) };
  }

  async function tokenOf(role: (typeof ROLES)[number]): Promise<string> {
    return (await makeKey(world.app, callerIn(world), { owner: world.home.callers[role].owner.id })).token;
  }

  /** A call that is refused, and with which code: the most telling refusal that the operation has. */
  async function refusedCall(entry: Operation): Promise<[input: Input, access: Access, code: ErrorCode]> {
    const server = world.running.url;
    const publicly = REFUSED_PUBLIC[entry.name];
    if (publicly !== undefined) return [await publicly[0](world), { server }, publicly[1]];
    const input = await validInput(world, entry);
    if (entry.sessionOnly) return [input, { server, token }, 'session_required'];
    const [field] = pathFields(entry);
    if (field !== undefined)
      return [{ ...input, [field]: absentLike(String(input[field])) }, { server, token }, 'not_found'];
    const { right } = entry;
    const refused =
      right === 'caller' || right === 'public' ? undefined : ROLES.find(role => scopeOf(role, right) === 'none');
    if (refused !== undefined) return [input, { server, token: await tokenOf(refused) }, 'forbidden'];
    if ('limit' in inputProperties(entry)) return [{ ...input, limit: 0 }, { server, token }, 'invalid_value'];
    return [input, { server, token: neverMade() }, 'unknown'];
  }

  for (const entry of operations.filter(entry => entry.name !== 'setUp')) {
    const doors = doorsOf(entry);

    test(`${entry.name}: the same answer from ${doors.map(([name]) => name).join(', ')}`, async () => {
      const answers: [name: string, answer: unknown][] = [];
      let access = await accessFor(entry);
      let input = await validInput(world, entry);
      for (const [name, ask] of doors) {
        const answered = await ask(entry, input, access);
        assert.ok('output' in answered, JSON.stringify(answered));
        answers.push([name, isReading(entry) ? withoutBeat(answered) : normalised(answered)]);
        if (isReading(entry)) continue;
        access = await accessFor(entry);
        input = await validInput(world, entry);
      }
      for (const [name, answer] of answers) assertOne(name, answer, answers[0]?.[1]);
    });
  }

  for (const entry of operations.filter(entry => 'wait' in inputProperties(entry)))
    test(`${entry.name}: a receipt at every door`, async () => {
      const access = { server: world.running.url, token };
      for (const [name, ask] of doorsOf(entry)) {
        // Verifiers of other tests never answer.
        const answered = await ask(entry, { ...(await validInput(world, entry)), wait: 'all', waitMs: 20 }, access);
        assert.partialDeepStrictEqual(answered, { output: { receipt: { acknowledged: [{ kind: 'node' }] } } }, name);
      }
    });

  test('grants: the same answer from all doors, whatever parameters are called', async () => {
    const { key } = await makeKey(world.app, callerIn(world));
    const access = { server: world.running.url, token };
    const grants = { keywright: ['GET /v1/access-keys/{}', 'GET /v1/whoami'] };
    const written = { keywright: ['GET /v1/access-keys/{of whom}', 'GET /v1/access-keys/{}', 'GET /v1/whoami'] };
    for (const [entry, input] of [
      [contract.createAccessKey, { name: 'Granted' }],
      [contract.updateAccessKey, { key, permission: 'restricted' }],
    ] as const)
      for (const ask of Object.values(DOORS)) {
        const answered = await ask(entry, { ...input, grants: written }, access);
        assert.partialDeepStrictEqual(answered, { output: { permission: 'restricted', grants } });
      }
  });

  test('setUp: the same answer from REST, client, GraphQL', async () => {
    const answers: unknown[] = [];
    for (const ask of [askRest, askClient, askGraphql]) {
      await using fresh = await startTestApp();
      answers.push(normalised(await ask(contract.setUp, await cases.setUp(fresh), { server: fresh.url })));
    }
    assert.deepEqual(answers[0], { output: { account: 'acc_ID', member: 'mem_ID' } });
    assert.deepEqual(answers, Array(3).fill(answers[0]));
  });

  for (const entry of operations) {
    const doors = doorsOf(entry);

    test(`${entry.name}: the same refusal from ${doors.map(([name]) => name).join(', ')}`, async () => {
      const [input, access, code] = await refusedCall(entry);
      // A document of GraphQL can not even name a field that there is not, and one operation has no other refusal.
      const isSayable = Object.keys(input).every(field => field in inputProperties(entry));
      assert.equal(isSayable, entry !== contract.getSetup);
      const answers: Answered[] = [];
      for (const [name, ask] of doors)
        if (isSayable || name !== 'GraphQL') answers.push(await ask(entry, input, access));
      const [first] = answers;
      assert.equal(first && 'code' in first && first.code, code, JSON.stringify(first));
      for (const answer of answers) assert.deepEqual(answer, first);
    });
  }
});

/** An id of the same form that nothing has. */
function absentLike(id: string): string {
  return id.startsWith('KW') ? `KW${'A'.repeat(18)}` : id.replace(/[a-z2-7]{20}$/, 'a'.repeat(20));
}

/** A token of the right form whose key was never made. */
function neverMade(): string {
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));
  const key = newKeyId(random);
  return formatToken('kw', key, newSecret(key, random)).reveal();
}
