import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  type ApiFacts,
  compileEndpoints,
  type Decision,
  formatToken,
  grantSets,
  newKeyId,
  newSecret,
  type ProvableFacts,
} from '@keywright/core';
import fc from 'fast-check';
import { digestOf } from '../verifier.ts';
import type { FeedEvent } from './feed.ts';
import { type AskForFacts, Known } from './known.ts';

/**
 * A server that changes, a line that delays, doubles, reorders and breaks, and a verifier between them: whatever happens in whatever
 * order, what it decides by was true within the bound. Each state of a key has a number, which stands in its name.
 */
const STALE_MS = 2000;
const API = 'api_aaaaaaaaaaaaaaaaaaaa';
const ACCOUNT = 'acc_aaaaaaaaaaaaaaaaaaaa';
const OWNERS = ['mem_aaaaaaaaaaaaaaaaaaaa', 'mem_bbbbbbbbbbbbbbbbbbbb'];
/** One more than are kept. */
const KEYS = Array.from({ length: 4 }, (_, n) => {
  const key = newKeyId(randomBytes);
  const secret = newSecret(key, randomBytes);
  const token = formatToken('kw', key, secret).reveal();
  return { key, token, digest: digestOf(secret), owner: OWNERS[n % 2] ?? '' };
});

/** Undefined: deleted. */
type State = { number: number; exists: boolean; since: number };
type Request = {
  wanted: Parameters<AskForFacts>[0];
  read?: Awaited<ReturnType<AskForFacts>>;
  settle(): void;
  fail(): void;
};
type Pending = { askedAt: number; sequence?: number };

/** The server as it is: what it says is true when it says it. */
class ModelServer {
  sequence = 10;
  readonly log: FeedEvent[] = [];
  readonly states: State[][] = KEYS.map(() => [{ number: 0, exists: true, since: Number.NEGATIVE_INFINITY }]);

  change(kind: 'access_key' | 'owner' | 'api' | 'project', n: number, exists: boolean, at: number): void {
    const id = { access_key: KEYS[n]?.key ?? '', owner: OWNERS[n % 2] ?? '', api: API, project: 'prj_x' }[kind];
    this.log.push({ type: 'change', sequence: ++this.sequence, hash: '', kind, id });
    for (const [i, states] of this.states.entries()) {
      const isMeant = kind === 'access_key' ? i === n : kind === 'owner' && KEYS[i]?.owner === id;
      const last = states.at(-1)?.number ?? 0;
      if (isMeant) states.push({ number: last + 1, exists: kind === 'owner' || exists, since: at });
    }
  }

  read({ keys = [], apis = [] }: Request['wanted']): Awaited<ReturnType<AskForFacts>> {
    const facts = KEYS.flatMap((one, n) => {
      const state = this.states[n]?.at(-1);
      return keys.includes(one.key) && state?.exists ? [factsOf(n, state.number)] : [];
    });
    return { keys: facts, apis: apis.includes(API) ? [API_FACTS] : [] };
  }

  /** What was said of the key at some moment from `from` on. */
  truths(n: number, from: number): string[] {
    const states = this.states[n] ?? [];
    const current = states.filter((_, i) => (states[i + 1]?.since ?? Number.POSITIVE_INFINITY) >= from);
    return current.map(({ number, exists }) => (exists ? `state ${number}` : 'unknown'));
  }
}

const API_FACTS: ApiFacts = { id: API, account: ACCOUNT, project: null, endpoints: compileEndpoints([]) };

function factsOf(n: number, number: number): ProvableFacts {
  const { key, digest, owner } = KEYS[n] ?? assert.fail();
  return {
    key,
    digest,
    name: `state ${number}`,
    enabled: true,
    notBefore: null,
    expiresAt: null,
    permission: 'read_write',
    grants: grantSets({}),
    networks: [],
    project: null,
    owner: { kind: 'member', id: owner, name: 'Ada', role: 'owner', active: true },
    account: { id: ACCOUNT, active: true },
    limits: [],
  };
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
    const clock = () => ({ steady: this.at, wall: this.at });
    const ask: AskForFacts = wanted => {
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<AskForFacts>>>();
      const request: Request = {
        wanted,
        settle: () => resolve(request.read ?? this.server.read(wanted)),
        fail: () => reject(new Error('the line broke')),
      };
      this.requests.push(request);
      return promise;
    };
    this.known = new Known(ask, { staleMaxMs: STALE_MS, onStale: 'refuse', entriesMax: KEYS.length - 1, clock });
  }

  wait(ms: number): void {
    this.at += ms;
  }

  hear(event: FeedEvent): void {
    this.delivered.push(event);
    this.known.hear(event, { steady: this.at, wall: this.at });
  }

  send(): void {
    this.line.push(...this.server.log.filter(({ sequence }) => sequence > this.sent));
    this.sent = this.server.sequence;
  }

  verify(n: number, api: string | undefined): void {
    const asked = { project: null, method: 'GET', path: '/', api };
    const decision = this.known.decide(KEYS[n]?.token ?? '', asked);
    if (decision instanceof Promise)
      decision.then(
        one => this.check(n, one),
        () => {},
      );
    else this.check(n, decision);
  }

  /** Undefined: it refused to decide. */
  check(n: number, decision: Decision | undefined): void {
    if (decision === undefined) return;
    this.decided++;
    const said = decision.allowed ? decision.facts.name : decision.reason;
    const truths = this.server.truths(n, this.at - STALE_MS);
    if (!truths.includes(`${said}`)) this.wrong.push(`${said} at ${this.at}, when there was ${truths.join(', ')}`);
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
/** Mostly none. */
const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1500 }));
const one = (name: string, act: (real: Real) => void) => fc.constant(new Step(name, act));

/** Heartbeats and acknowledgements as the server answers them, with nothing in their way: so that something is decided at all. */
function settle(real: Real): void {
  real.send();
  real.line.push({ type: 'heartbeat', sequence: real.sent, hash: '' });
  for (const event of real.line.splice(0)) real.hear(event);
  real.known.lease.answered({ steady: real.at, wall: real.at }, real.server.sequence, {
    steady: real.at,
    wall: real.at,
  });
}

/** An acknowledgement, and time that goes by before the server hears of it and before its answer arrives. */
function roundTrip(real: Real, there: number, back: number): void {
  const askedAt = { steady: real.at, wall: real.at };
  real.wait(there);
  const { sequence } = real.server;
  real.wait(back);
  real.known.lease.answered(askedAt, sequence, { steady: real.at, wall: real.at });
}

function verifyAll(real: Real): void {
  for (const n of KEYS.keys()) real.verify(n, undefined);
}

function answerAll(real: Real): void {
  for (const request of real.requests.splice(0)) request.settle();
}

const STEPS = [
  fc
    .tuple(
      fc.constantFrom('access_key' as const, 'owner' as const, 'api' as const, 'project' as const),
      some,
      fc.boolean(),
    )
    .map(
      ([kind, n, exists]) =>
        new Step(`change ${kind} ${n} ${exists}`, real => real.server.change(kind, n, exists, real.at)),
    ),
  fc
    .tuple(some, fc.constantFrom(undefined, API))
    .map(([n, api]) => new Step(`verify ${n} ${api ?? ''}`, real => real.verify(n, api))),
  one('verify all', verifyAll),
  one('all facts arrive', answerAll),
  fc.constantFrom(1, 100, 700, 1500).map(ms => new Step(`wait ${ms}`, real => real.wait(ms))),
  one('settle', settle),
  one('the server sends', real => real.send()),
  one('the server beats', real => real.line.push({ type: 'heartbeat', sequence: real.sent, hash: '' })),
  fc.integer({ min: 1, max: 4 }).map(
    count =>
      new Step(`${count} events arrive`, real => {
        for (const event of real.line.splice(0, count)) real.hear(event);
      }),
  ),
  fc.nat(9).map(
    n =>
      new Step(`an event arrives again (${n})`, real => {
        const again = real.delivered.at(-1 - n);
        if (again !== undefined && again.type !== 'reset') real.hear(again);
      }),
  ),
  fc.nat(4).map(
    back =>
      new Step(`the line breaks, and goes on ${back === 4 ? 'anew' : `${back} before`}`, real => {
        real.sent = back === 4 ? real.server.sequence : Math.max(10, (real.known.lease.reached ?? 10) - back);
        real.line = [{ type: back === 4 ? 'reset' : 'heartbeat', sequence: real.sent, hash: '' }];
      }),
  ),
  fc
    .tuple(delay, delay)
    .map(
      ([there, back]) =>
        new Step(`it acknowledges (${there} there, ${back} back)`, real => roundTrip(real, there, back)),
    ),
  fc.tuple(some, delay).map(
    ([n, ms]) =>
      new Step(`key ${n} changes, ${ms} later it acknowledges, and verifies all`, real => {
        real.server.change('access_key', n, true, real.at);
        real.wait(ms);
        roundTrip(real, 0, 0);
        verifyAll(real);
      }),
  ),
  one('it acknowledges', real => real.acknowledgements.push({ askedAt: real.at })),
  fc.nat(3).map(
    n =>
      new Step(`the server hears of it (${n})`, real => {
        const waiting = real.acknowledgements.filter(({ sequence }) => sequence === undefined)[n];
        if (waiting !== undefined) waiting.sequence = real.server.sequence;
      }),
  ),
  fc.nat(3).map(
    n =>
      new Step(`its answer arrives (${n})`, real => {
        const { askedAt, sequence } = real.acknowledgements[n] ?? {};
        if (askedAt === undefined || sequence === undefined) return;
        real.acknowledgements.splice(n, 1);
        const at = { steady: real.at, wall: real.at };
        real.known.lease.answered({ steady: askedAt, wall: askedAt }, sequence, at);
      }),
  ),
  fc.nat(3).map(
    n =>
      new Step(`the server reads facts (${n})`, real => {
        const request = real.requests.filter(({ read }) => read === undefined)[n];
        if (request !== undefined) request.read = real.server.read(request.wanted);
      }),
  ),
  fc.nat(3).map(n => new Step(`facts arrive (${n})`, real => real.requests.splice(n, 1)[0]?.settle())),
  fc.nat(3).map(n => new Step(`facts are lost (${n})`, real => real.requests.splice(n, 1)[0]?.fail())),
];

const BEGIN = [settle, verifyAll, answerAll, verifyAll].map(act => new Step(act.name, act));

test('whatever the line does, nothing is decided by facts that are older than the bound', async t => {
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
  t.diagnostic(`${decided} decisions`);
  assert.ok(decided > 10_000, `only ${decided} decisions`);
});

test('facts that were found before their API had to be loaded again are looked at again', async () => {
  const real = new Real();
  const turn = async (act: () => void) => {
    act();
    await setImmediate();
    await setImmediate();
  };
  await turn(() => settle(real));
  await turn(() => real.verify(0, API));
  await turn(() => answerAll(real)); // the API
  const [loading] = real.requests.splice(0);
  real.server.change('api', 0, true, real.at);
  await turn(() => settle(real));
  await turn(() => loading?.settle()); // facts of state 0; now the API is asked for again
  real.server.change('access_key', 0, true, real.at);
  await turn(() => settle(real));
  real.wait(STALE_MS + 1);
  await turn(() => settle(real));
  for (let n = 0; n < 3; n++) await turn(() => answerAll(real));
  assert.deepEqual([real.decided, real.wrong], [1, []]);
});
