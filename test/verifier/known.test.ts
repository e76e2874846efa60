import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Decision, formatToken, newKeyId, newSecret } from '@keywright/core';
import fc from 'fast-check';
import type { FeedEvent } from '../../packages/verifier/src/remote/feed.ts';
import { Known } from '../../packages/verifier/src/remote/known.ts';
import type { Moment } from '../../packages/verifier/src/remote/lease.ts';
import type { Questions } from '../../packages/verifier/src/remote/questions.ts';
import {
  type Answer,
  API,
  APIS,
  KEY_CHANGES,
  KEYS,
  type Kind,
  ModelServer,
  one,
  PAGES,
  textOf,
  type Wanted,
} from './known-model.ts';

/**
 * A server that changes, a line that delays, doubles, reorders and breaks, and a verifier between them: whatever happens in whatever
 * order, what it decides by was true within the bound. Each state of a key, its owner, account and project has a number, which stands in
 * its name; a state of an API is told by what it makes of the decision.
 */
const STALE_MS = 2000;
/** For facts, or for a page of the keys that there are. */
type Request = PromiseWithResolvers<Answer> & { wanted: Wanted; read?: Answer };
type Pending = { askedAt: Moment; sequence?: number };

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
    const facts = (wanted: Wanted) => {
      const request: Request = { wanted, ...Promise.withResolvers<Answer>() };
      this.requests.push(request);
      return request.promise;
    };
    // A page is what there are facts of.
    const keys: Questions['keys'] = async function* () {
      for (const page of PAGES) yield (await facts({ keys: page })).keys.map(({ key }) => key);
    };
    this.known = new Known(
      { facts, keys },
      {
        flood: { keysMin: 1, ms: 1, askedASecond: 0 },
        staleMaxMs: STALE_MS,
        onStale: 'refuse',
        entriesMax: KEYS.length - 1,
        clock: () => this.now,
        undecided: () => assert.fail('too old'),
      },
    );
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

function invent(real: Real): void {
  const key = newKeyId(randomBytes);
  const token = formatToken('kw', key, newSecret(key, randomBytes)).reveal();
  Promise.try(() => real.known.decide(token, { project: null })).then(
    decision => assert.equal(textOf(decision), 'unknown'),
    () => {},
  );
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
  step('somebody invents a key', invent),
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

/** Flooded: it has listed which keys there are. */
const BEGIN = [settle, invent, answerAll, answerAll, answerAll, verifyAll, answerAll, verifyAll].map(
  act => new Step(act.name, act),
);

test('whatever the line does, nothing is decided by facts that are older than the bound', async () => {
  let [decided, unasked] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), async commands => {
      const real = new Real();
      for (const step of BEGIN) await step.run({}, real);
      await fc.asyncModelRun(() => ({ model: {}, real }), commands);
      decided += real.decided;
      unasked += real.known.unasked;
    }),
    { numRuns: 2000 },
  );
  assert.ok(decided > 10_000 && unasked > 100, `only ${decided} decisions, ${unasked} without asking in a flood`);
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
