import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  type ApiFacts,
  compileEndpoints,
  type Decision,
  decide,
  formatToken,
  grantSets,
  newKeyId,
  newSecret,
  type ProvableFacts,
  permissionWithinRole,
} from '@keywright/core';
import fc from 'fast-check';
import { digestOf } from '../verifier.ts';
import type { FeedEvent } from './feed.ts';
import { type AskForFacts, Known } from './known.ts';
import type { Moment } from './lease.ts';

/**
 * A server that changes, a line that delays, doubles, reorders and breaks, and a verifier between them: whatever happens in whatever
 * order, what it decides by was true within the bound. Each state of a key, its owner, account and project has a number, which stands in
 * its name; a state of an API is told by what it makes of the decision.
 */
const STALE_MS = 2000;
const APIS = ['api_aaaaaaaaaaaaaaaaaaaa', 'api_bbbbbbbbbbbbbbbbbbbb'];
const [API = ''] = APIS;
const ACCOUNT = 'acc_aaaaaaaaaaaaaaaaaaaa';
const PROJECT = 'prj_aaaaaaaaaaaaaaaaaaaa';
const OWNERS = ['mem_aaaaaaaaaaaaaaaaaaaa', 'mem_bbbbbbbbbbbbbbbbbbbb'];
/** What a change makes of a key; whether there is one at all. */
const KEY_CHANGES = [
  { permission: 'read_write', grants: {} },
  { permission: 'read_only', grants: {} },
  { permission: 'restricted', grants: Object.fromEntries(APIS.map(api => [api, ['GET /']])) },
  { permission: 'restricted', grants: { [API]: 'read_only' } },
  undefined,
] as const;
const OWNER_CHANGES = [
  { role: 'member', active: true },
  { role: 'viewer', active: true },
  { role: 'member', active: false },
] as const;
/** Of an account whether it is active, of a project whether it is not archived. */
const ACTIVITY = [true, false] as const;
/** What `GET /` is at an API: whether it reads, null for none; undefined when there is no API. */
const API_CHANGES = [{ reads: true }, { reads: false }, { reads: null }, undefined] as const;
/** One more than are kept. */
const KEYS = Array.from({ length: 4 }, (_, n) => {
  const key = newKeyId(randomBytes);
  const secret = newSecret(key, randomBytes);
  const token = formatToken('kw', key, secret).reveal();
  return { key, token, digest: digestOf(secret), owner: n % 2, project: n < 2 ? null : PROJECT };
});

const IDS = { access_key: KEYS.map(one => one.key), owner: OWNERS, account: [ACCOUNT], project: [PROJECT], api: APIS };
type Kind = keyof typeof IDS;
type State<Value> = { value: Value | undefined; since: number };
type Answer = Awaited<ReturnType<AskForFacts>>;
type Request = PromiseWithResolvers<Answer> & { wanted: Parameters<AskForFacts>[0]; read?: Answer };
type Pending = { askedAt: Moment; sequence?: number };

/** The server as it is: what it says is true when it says it. */
class ModelServer {
  sequence = 10;
  readonly log: FeedEvent[] = [];
  readonly keys: (typeof KEY_CHANGES)[number][] = KEYS.map((_, n) => KEY_CHANGES[n % 4]);
  readonly owners: (typeof OWNER_CHANGES)[number][] = OWNERS.map(() => OWNER_CHANGES[0]);
  account: boolean = true;
  project: boolean = true;
  readonly facts: State<ProvableFacts>[][] = KEYS.map(() => []);
  readonly apis: State<ApiFacts>[][] = APIS.map((_, n) => [{ value: apiOf(n, API_CHANGES[0]), since: -Infinity }]);

  constructor() {
    this.#keep(-Infinity, () => true);
  }

  change(kind: Kind, n: number, choice: number, at: number): void {
    const of = n % IDS[kind].length;
    this.log.push({ type: 'change', sequence: ++this.sequence, hash: '', kind, id: IDS[kind][of] ?? '' });
    if (kind === 'access_key') this.keys[of] = one(KEY_CHANGES, choice);
    else if (kind === 'owner') this.owners[of] = one(OWNER_CHANGES, choice);
    else if (kind === 'api') this.apis[of]?.push({ value: apiOf(of, one(API_CHANGES, choice)), since: at });
    else this[kind] = one(ACTIVITY, choice);
    const isMeant = {
      access_key: (key: number) => key === of,
      owner: (key: number) => KEYS[key]?.owner === of,
      account: () => true,
      project: (key: number) => KEYS[key]?.project === PROJECT,
      api: () => false,
    };
    this.#keep(at, isMeant[kind]);
  }

  read({ keys = [], apis = [] }: Request['wanted']): Answer {
    return {
      keys: this.facts.flatMap(states => states.at(-1)?.value ?? []).filter(({ key }) => keys.includes(key)),
      apis: this.apis.flatMap(states => states.at(-1)?.value ?? []).filter(({ id }) => apis.includes(id)),
    };
  }

  /** What could be said of the key at the API by what was so at some moment from `from` on. */
  truths(n: number, api: string | undefined, from: number): string[] {
    const known = api === undefined ? undefined : current(this.apis[APIS.indexOf(api)], from);
    return current(this.facts[n], from).flatMap(facts =>
      known === undefined ? saidOf(facts, { method: 'GET' }) : known.map(one => saidAt(facts, one)),
    );
  }

  #keep(at: number, isMeant: (key: number) => boolean): void {
    for (const [n, states] of this.facts.entries())
      if (isMeant(n)) states.push({ value: this.#factsOf(n, states.length), since: at });
  }

  #factsOf(n: number, number: number): ProvableFacts | undefined {
    const { key, digest, owner, project } = KEYS[n] ?? assert.fail();
    const [held, { role, active }] = [this.keys[n], this.owners[owner] ?? assert.fail()];
    if (held === undefined) return undefined;
    return {
      key,
      digest,
      name: `state ${number}`,
      enabled: project === null || this.project,
      notBefore: null,
      expiresAt: null,
      permission: permissionWithinRole(held.permission, role),
      grants: grantSets(held.grants),
      networks: [],
      project,
      owner: { kind: 'member', id: OWNERS[owner] ?? '', name: 'Ada', role, active },
      account: { id: ACCOUNT, active: this.account },
      limits: [],
    };
  }
}

function one<Value>(choices: readonly Value[], n: number): Value {
  return choices[n % choices.length] as Value; // there is one at least
}

function current<Value>(states: readonly State<Value>[] = [], from: number): (Value | undefined)[] {
  return states.filter((_, i) => (states[i + 1]?.since ?? Infinity) >= from).map(({ value }) => value);
}

function apiOf(n: number, change: (typeof API_CHANGES)[number]): ApiFacts | undefined {
  if (change === undefined) return undefined;
  const entries = change.reads === null ? [] : [{ id: 'GET /', method: 'GET', path: '/', reads: change.reads }];
  return { id: APIS[n] ?? '', account: ACCOUNT, project: null, endpoints: compileEndpoints(entries) };
}

function saidAt(facts: ProvableFacts | undefined, api: ApiFacts | undefined): string {
  if (api === undefined) return 'unknown';
  return saidOf(facts, { api: api.id, method: 'GET', endpoint: api.endpoints.find('GET', '/') });
}

function saidOf(facts: ProvableFacts | undefined, action: Omit<Parameters<typeof decide>[1], 'project'>): string {
  return textOf(decide(facts, { ...action, project: facts?.project ?? null }, 0));
}

function textOf(decision: Decision): string {
  const said = decision.allowed ? 'allowed' : decision.reason;
  return decision.facts === undefined ? said : `${said} in ${decision.facts.name}`;
}

/** The verifier, and all that is on its way to and from it. */
class Real {
  readonly known: Known;
  readonly server = new ModelServer();
  at = 1000;
  line: FeedEvent[] = [];
  readonly delivered: FeedEvent[] = [];
  /** How far the server has sent. */
  sent = 10;
  requests: Request[] = [];
  acknowledgements: Pending[] = [];
  wrong: string[] = [];
  decided = 0;

  constructor() {
    const ask: AskForFacts = wanted => {
      const request: Request = { wanted, ...Promise.withResolvers<Answer>() };
      this.requests.push(request);
      return request.promise;
    };
    this.known = new Known(ask, {
      staleMaxMs: STALE_MS,
      onStale: 'refuse',
      entriesMax: KEYS.length - 1,
      clock: () => this.now,
      undecided: () => assert.fail('too old'),
    });
  }

  get now(): Moment {
    return { steady: this.at, wall: this.at };
  }

  change = (kind: Kind, n: number, choice: number): void => this.server.change(kind, n, choice, this.at);

  wait(ms: number): void {
    this.at += ms;
  }

  hear(event: FeedEvent): void {
    this.delivered.push(event);
    this.known.hear(event, this.now);
  }

  send(): void {
    this.line.push(...this.server.log.filter(({ sequence }) => sequence > this.sent));
    this.sent = this.server.sequence;
  }

  verify(n: number, api: string | undefined): void {
    const { token, project } = KEYS[n] ?? assert.fail();
    // A rejection: nothing may be decided by what it knows.
    Promise.try(() => this.known.decide(token, { project, method: 'GET', path: '/', api })).then(
      decision => this.check(n, api, decision),
      () => {},
    );
  }

  check(n: number, api: string | undefined, decision: Decision): void {
    this.decided++;
    const said = textOf(decision);
    const truths = this.server.truths(n, api, this.at - STALE_MS);
    if (!truths.includes(said)) this.wrong.push(`${said} at ${this.at}, when there was ${truths.join(', ')}`);
  }
}

type Model = Record<string, never>;

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #act: (real: Real) => void;

  constructor(name: string, act: (real: Real) => void) {
    this.#name = name;
    this.#act = act;
  }

  check = () => true;

  async run(_model: Model, real: Real): Promise<void> {
    this.#act(real);
    // First sights go out at the end of a turn, and what came in is settled.
    await setImmediate();
    await setImmediate();
    assert.deepEqual(real.wrong, []);
  }

  toString = () => this.#name;
}

const some = fc.nat(KEYS.length - 1);
/** APIs more often: there are two, and they are seldom asked for. */
const kinds = fc.constantFrom<Kind>('access_key', 'owner', 'account', 'project', 'api', 'api');
/** Mostly none. */
const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1500 }));
const choices = fc.nat(KEY_CHANGES.length - 1);
const step = (name: string, act: (real: Real) => void) => fc.constant(new Step(name, act));

function drawn<Drawn>(name: string, from: fc.Arbitrary<Drawn>, act: (real: Real, one: Drawn) => void) {
  return from.map(one => new Step(`${name}: ${one}`, real => act(real, one)));
}

/** Heartbeats and acknowledgements as the server answers them, with nothing in their way: so that something is decided at all. */
function settle(real: Real): void {
  real.send();
  real.line.push({ type: 'heartbeat', sequence: real.sent, hash: '' });
  for (const event of real.line.splice(0)) real.hear(event);
  real.known.lease.answered(real.now, real.server.sequence, real.now);
}

/** An acknowledgement, and time that goes by before the server hears of it and before its answer arrives. */
function roundTrip(real: Real, there: number, back: number): void {
  const askedAt = real.now;
  real.wait(there);
  const { sequence } = real.server;
  real.wait(back);
  real.known.lease.answered(askedAt, sequence, real.now);
}

function verifyAll(real: Real): void {
  for (const n of KEYS.keys()) real.verify(n, one([...APIS, undefined], n));
}

function answerAll(real: Real): void {
  for (const request of real.requests.splice(0)) arrive(real, request);
}

function arrive({ server }: Real, { read, wanted, resolve }: Request): void {
  resolve(read ?? server.read(wanted));
}

const STEPS = [
  drawn('a change', fc.tuple(kinds, some, choices), (real, [kind, n, choice]) => real.change(kind, n, choice)),
  drawn('verify', fc.tuple(some, fc.constantFrom(undefined, ...APIS)), (real, [n, api]) => real.verify(n, api)),
  step('verify all', verifyAll),
  step('all facts arrive', answerAll),
  drawn('wait', fc.constantFrom(1, 100, 700, 1500), (real, ms) => real.wait(ms)),
  step('settle', settle),
  step('the server sends', real => real.send()),
  step('the server beats', real => real.line.push({ type: 'heartbeat', sequence: real.sent, hash: '' })),
  drawn('events arrive', fc.integer({ min: 1, max: 4 }), (real, count) => {
    for (const event of real.line.splice(0, count)) real.hear(event);
  }),
  drawn('an event arrives again', fc.nat(9), (real, n) => {
    const again = real.delivered.at(-1 - n);
    if (again !== undefined && again.type !== 'reset') real.hear(again);
  }),
  drawn('the line breaks, and goes on so many before, or anew', fc.constantFrom(0, 1, 2, 3, null), (real, back) => {
    real.sent = back === null ? real.server.sequence : Math.max(10, (real.known.lease.reached ?? 10) - back);
    real.line = [{ type: back === null ? 'reset' : 'heartbeat', sequence: real.sent, hash: '' }];
  }),
  drawn('it acknowledges (there, back)', fc.tuple(delay, delay), (real, [there, back]) => roundTrip(real, there, back)),
  drawn('a key changes, later it acknowledges, and verifies all', fc.tuple(some, delay), (real, [n, ms]) => {
    real.change('access_key', n, n);
    real.wait(ms);
    roundTrip(real, 0, 0);
    verifyAll(real);
  }),
  drawn('a change right after facts were read', fc.tuple(kinds, some, choices), (real, [kind, n, choice]) => {
    for (const request of real.requests) request.read ??= real.server.read(request.wanted);
    real.change(kind, n, choice);
    settle(real);
  }),
  step('the bound goes by, it hears of everything, and verifies all', real => {
    real.wait(STALE_MS + 1);
    settle(real);
    verifyAll(real);
  }),
  step('it acknowledges', real => real.acknowledgements.push({ askedAt: real.now })),
  drawn('the server hears of it', fc.nat(3), (real, n) => {
    const waiting = real.acknowledgements.filter(({ sequence }) => sequence === undefined)[n];
    if (waiting !== undefined) waiting.sequence = real.server.sequence;
  }),
  drawn('its answer arrives', fc.nat(3), (real, n) => {
    const { askedAt, sequence } = real.acknowledgements[n] ?? {};
    if (askedAt === undefined || sequence === undefined) return;
    real.acknowledgements.splice(n, 1);
    real.known.lease.answered(askedAt, sequence, real.now);
  }),
  drawn('the server reads facts', fc.nat(3), (real, n) => {
    const request = real.requests.filter(({ read }) => read === undefined)[n];
    if (request !== undefined) request.read = real.server.read(request.wanted);
  }),
  drawn('facts arrive', fc.nat(3), (real, n) => {
    for (const request of real.requests.splice(n, 1)) arrive(real, request);
  }),
  drawn('facts are lost', fc.nat(3), (real, n) => real.requests.splice(n, 1)[0]?.reject(new Error('it broke'))),
];

const BEGIN = [settle, verifyAll, answerAll, verifyAll].map(act => new Step(act.name, act));

test('whatever the line does, nothing is decided by facts that are older than the bound', async () => {
  let decided = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), async commands => {
      const real = new Real();
      for (const step of BEGIN) await step.run({}, real);
      await fc.asyncModelRun(() => ({ model: {}, real }), commands);
      decided += real.decided;
    }),
    { numRuns: 2000 },
  );
  assert.ok(decided > 10_000, `only ${decided} decisions`);
});

for (const [title, isApiChangedAgain] of [
  ['facts that were found before their API had to be loaded again are looked at again', false],
  ['an API that changes while such facts are looked at again is looked at again, too', true],
] as const)
  test(title, async () => {
    const real = new Real();
    const turn = (act: (real: Real) => void) => new Step(title, act).run({}, real);
    settle(real);
    await turn(() => real.verify(3, API));
    await turn(answerAll); // the API
    const [loading] = real.requests.splice(0);
    real.change('api', 0, 1);
    await turn(settle);
    await turn(() => loading && arrive(real, loading)); // now the API is asked for again
    real.change('access_key', 3, 3);
    await turn(settle);
    if (isApiChangedAgain) {
      await turn(answerAll); // the API; now the key is asked for again
      real.change('api', 0, 0);
      await turn(settle);
    }
    real.wait(STALE_MS + 1);
    for (const act of [settle, answerAll, answerAll, answerAll]) await turn(act);
    assert.equal(real.decided, 1);
  });
