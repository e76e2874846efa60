import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, type Client, createClient, type Event, type OutputOf } from '@keywright/contract';
import { openApp, readConfig } from '@keywright/server';
import { makeAccount, makeKey } from '../support/app.ts';
import { ComingAgain } from '../support/coming-again.ts';
import { until } from '../support/until.ts';
import { type Asked, checkEventsOfRound, type KnownKey, learn } from './ledger.ts';
import { KeywrightProcess } from './server-process.ts';

const CLIENTS = 4;
/** A round is cut off at a random moment within this time: from one of its first changes on, but every fourth from its beginning. */
const ROUND_MS = 300;
/** However slow the machine is, so many changes are not too few to say anything. */
const ACKNOWLEDGED_MAX = 7;
const OLD_KEYS_ASKED = 100;
/** How often a key that was not seen yet may be told to come again. */
const LATE_MAX = 3;

export interface KillOptions {
  rounds: number;
  /** The data folder. */
  data: string;
  /** Of PostgreSQL; the embedded database when left out. */
  databaseUrl?: string;
  /** Rounds in which this is done in place of killing the server: it kills the database and starts it again. */
  crashDatabase?: { rounds: number; crash: () => Promise<void> };
  /** Looks at the database file itself. */
  checkFile?: () => void;
}

export interface KillReport {
  acknowledged: number;
  /** What was under way when all ended: there afterwards, or not. */
  underWay: { there: number; not: number };
  startMsMedian: number;
}

/** Kills the server in the middle of changes, again and again on the same data, and looks each time at what is left. */
export async function killInRounds(options: KillOptions): Promise<KillReport> {
  const env: Record<string, string> = { KEYWRIGHT_DATA: options.data };
  if (options.databaseUrl !== undefined) env.DATABASE_URL = options.databaseUrl;
  const token = await prepare(env);
  const known = new Map<string, KnownKey>();
  const startMs: number[] = [];
  const report = { acknowledged: 0, underWay: { there: 0, not: 0 } };
  const firstSights = new ComingAgain();
  let seq = 0;
  let server = await start(env, startMs);
  const kill = async () => {
    await server.end('SIGKILL');
    server = await start(env, startMs);
  };
  try {
    for (let round = 1; round <= options.rounds; round++) {
      const crash = isCrash(options, round) ? options.crashDatabase?.crash : undefined;
      const asked = await playRound({ url: await server.listening(), token, round, known, end: crash ?? kill });
      const url = await server.listening();
      const client = createClient({ server: url, token });
      const events = await eventsAfter(client, seq);
      seq = events.at(-1)?.seq ?? seq;
      count(report, asked, events);
      checkEventsOfRound(events, asked);
      learn(known, events);
      await checkAll(client, known);
      const touched = new Set(events.map(({ target }) => target.id));
      await checkVerify(url, firstSights.fetch, someOf(known, touched));
      options.checkFile?.();
    }
  } finally {
    await server.end('SIGKILL');
  }
  assert.ok(firstSights.count <= LATE_MAX, `${firstSights.count} were told to come again`);
  startMs.sort((a, b) => a - b);
  return { ...report, startMsMedian: Math.round(startMs[startMs.length >> 1] ?? 0) };
}

interface Round {
  url: string;
  token: string;
  round: number;
  known: Map<string, KnownKey>;
  /** How it ends. */
  end: () => Promise<void>;
}

/** Lets clients change things until the end comes, at a random moment. Returns what they asked for. */
async function playRound({ url, token, round, known, end }: Round): Promise<Asked[]> {
  const asked: Asked[] = [];
  const client = createClient({ server: url, token });
  const clients = Array.from({ length: CLIENTS }, (_, n) =>
    work(client, `${round}.${n}`, share(known, n), asked, known),
  );
  const ending = async () => {
    const first = 1 + randomInt(ACKNOWLEDGED_MAX);
    const isUnderWay = () => asked.filter(({ acknowledged }) => acknowledged).length >= first;
    if (round % 4 > 0) await until(isUnderWay, { everyMs: 5, what: `${first} changes to be acknowledged` });
    await pause(randomInt(ROUND_MS));
    await end();
  };
  await Promise.all([...clients, ending()]);
  return asked;
}

/** Fills the database with an account, and returns a token of its owner. */
async function prepare(env: Record<string, string>): Promise<string> {
  const config = readConfig({}, { ...env, KEYWRIGHT_PORT: '0', KEYWRIGHT_LOG: 'silent' });
  await using running = await openApp(config);
  const account = await makeAccount(running.app, 'Ada');
  const { key, token } = await makeKey(running.app, account.callers.owner, { name: 'caller' });
  assert.ok(key);
  return token;
}

async function start(env: Record<string, string>, startMs: number[]): Promise<KeywrightProcess> {
  const at = performance.now();
  const server = new KeywrightProcess({ env });
  await server.listening();
  startMs.push(performance.now() - at);
  return server;
}

/** Spread evenly, so that all kinds of rounds have come before. */
function isCrash({ rounds, crashDatabase }: KillOptions, round: number): boolean {
  return crashDatabase !== undefined && round % Math.floor(rounds / crashDatabase.rounds) === 0;
}

/** Keys left over from before, divided among the clients. */
function share(known: Map<string, KnownKey>, client: number): KnownKey[] {
  return [...known.values()]
    .filter(({ state }) => state !== 'deleted')
    .filter((_, index) => index % CLIENTS === client);
}

/** Creates, deactivates, activates and deletes until nobody answers any more. */
async function work(
  client: Client,
  name: string,
  left: KnownKey[],
  asked: Asked[],
  known: Map<string, KnownKey>,
): Promise<void> {
  const step = async <Answer>(
    action: Asked['action'],
    subject: string,
    ask: () => Promise<Answer>,
  ): Promise<Answer> => {
    const entry = { action, subject, acknowledged: false };
    asked.push(entry);
    const answer = await ask();
    entry.acknowledged = true;
    return answer;
  };
  try {
    for (let n = 0; ; n++) {
      const old = n % 2 === 1 ? left.pop() : undefined;
      const key = old?.key ?? (await create(client, step, `${name}.${n}`, known));
      if (old?.state !== 'inactive') await step('deactivateAccessKey', key, () => client.deactivateAccessKey({ key }));
      if (randomInt(3) === 0) {
        await step('activateAccessKey', key, () => client.activateAccessKey({ key }));
        await step('deactivateAccessKey', key, () => client.deactivateAccessKey({ key }));
      }
      if (randomInt(4) > 0) await step('deleteAccessKey', key, () => client.deleteAccessKey({ key }));
    }
  } catch (error) {
    // The connection broke, or the database was away: that ends the round for this client, and anything else is a fault.
    if (error instanceof ApiError ? error.code !== 'unavailable' : !(error instanceof TypeError)) throw error;
  }
}

type Step = <Answer>(action: Asked['action'], subject: string, ask: () => Promise<Answer>) => Promise<Answer>;

async function create(client: Client, step: Step, name: string, known: Map<string, KnownKey>): Promise<string> {
  const { key, token } = await step('createAccessKey', name, () => client.createAccessKey({ name }));
  known.set(key, { key, token, state: 'active' });
  return key;
}

/** The events after that place, oldest first. The server may have to find its database again first. */
async function eventsAfter(client: Client, seq: number): Promise<Event[]> {
  const events: Event[] = [];
  let page: OutputOf<'listEvents'> = await until(() => client.listEvents({ limit: 100 }), {
    ms: 20_000,
    what: 'events',
  });
  for (;;) {
    events.push(...page.items.filter(event => event.seq > seq));
    if (page.nextCursor === null || (page.items.at(-1)?.seq ?? 0) <= seq) break;
    page = await client.listEvents({ limit: 100, cursor: page.nextCursor });
  }
  return events.reverse().filter(({ target }) => target.name !== 'caller');
}

function count(report: Omit<KillReport, 'startMsMedian'>, asked: readonly Asked[], events: readonly Event[]): void {
  const acknowledged = asked.filter(step => step.acknowledged).length;
  report.acknowledged += acknowledged;
  report.underWay.there += events.length - acknowledged;
  report.underWay.not += asked.length - events.length;
}

/** Rows and the chain say the same as the events. */
async function checkAll(client: Client, known: Map<string, KnownKey>): Promise<void> {
  const check = await client.checkEvents();
  assert.equal(check.intact, true, `the chain is broken at ${check.brokenAt}`);
  const living = [...known.values()].filter(({ state }) => state !== 'deleted');
  const listed = await listKeys(client);
  assert.deepEqual(
    listed.map(({ key, enabled }) => `${key} ${enabled}`).sort(),
    living.map(({ key, state }) => `${key} ${state === 'active'}`).sort(),
  );
}

/** All that were touched, and some of the others. */
function someOf(known: Map<string, KnownKey>, touched: Set<string>): KnownKey[] {
  const old = [...known.values()].filter(({ key }) => !touched.has(key));
  const some = Array.from({ length: Math.min(OLD_KEYS_ASKED, old.length) }, () => old[randomInt(old.length)]);
  const asked = [...known.values()].filter(({ key }) => touched.has(key));
  return [...asked, ...some.filter(key => key !== undefined)];
}

async function listKeys(client: Client) {
  const keys: OutputOf<'listAccessKeys'>['items'] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: OutputOf<'listAccessKeys'> = await client.listAccessKeys({ limit: 100, cursor });
    keys.push(...page.items);
    cursor = page.nextCursor;
  }
  return keys.filter(({ name }) => name !== 'caller');
}

const REASON = { active: null, inactive: 'inactive', deleted: 'unknown' };

/** Both verify endpoints say the same as the events. */
async function checkVerify(url: string, send: typeof fetch, keys: readonly KnownKey[]): Promise<void> {
  const client = createClient({ server: url, fetch: send });
  const asked = keys.flatMap(({ token, state }) => (token === undefined ? [] : [{ token, state }]));
  for (let at = 0; at < asked.length; at += 100) {
    const batch = asked.slice(at, at + 100);
    const answer = await client.verify({ items: batch.map(({ token }) => ({ credential: token, method: 'GET' })) });
    assert.ok('items' in answer);
    assert.deepEqual(
      answer.items.map(({ reason }) => reason),
      batch.map(({ state }) => REASON[state]),
    );
  }
  for (const { token, state } of asked) {
    const { status, headers } = await send(`${url}/v1/auth`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([status, headers.get('x-key-reason')], [state === 'active' ? 204 : 401, REASON[state]]);
  }
}
