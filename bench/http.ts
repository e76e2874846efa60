import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findOrInstall } from '../test/support/debian.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { until } from '../test/support/until.ts';
import { fill, fillWithGithub } from './keys.ts';
import { fullLoad, type Result, steadyLoad } from './load.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { type PinnedServer, startOurs, startPinned } from './pinned-server.ts';
import { startRedis } from './redis-server.ts';
import { forwardAuth, jsonVerify, writeRequests } from './requests.ts';
import { type Row, times, whole } from './table.ts';

/** Verify over HTTP, with the server on one core and the load on the other: ours, the bare limit and the peers, in turns. */
const KEYS = 100_000;
const KEYS_QUICK = 5000;
const FORWARD_AUTH_MIN = 0.85;
const JSON_MIN = 0.75;
const COLD_MIN = 0.35;
const P99_MAX = 2;
const BETTER_AUTH_MIN = 20;
/** Within which no key comes round again. */
const COLD_SECONDS = 2;
/** Of the keys, those with which the code is warmed up before the others come for the first time. */
const WARMING = 0.2;
const WARM_SECONDS = 8;
/** Until code that runs once for each key is compiled. */
const COLD_WARM_SECONDS = 5;
/** For how long all keys are gone through at first; a slower machine gets so much more each time. */
const KNOW_SECONDS = 4;
const KNOW_SECONDS_MAX = 40;
const SETTLED_MS_MAX = 300_000;
/** So many times as many rounds beside the bare server: what disturbs this machine for a moment is large beside what they differ by. */
const ROUNDS_BESIDE_BARE = 3;
/** Of the rate that a steady load was to have, what it must have had at least for its latencies to be worth anything. */
const PACE_MIN = 0.95;
const BARE = 'bare `node:http`';
const OURS = 'ours';

/** What a verify answers, for the bare server to send the same. */
const ANSWER = JSON.stringify({
  allowed: true,
  reason: null,
  missing: null,
  key: 'KWAAAAAAAAAAAAAAAAAA',
  name: 'Key 12345',
  owner: { kind: 'member', id: 'mem_aaaaaaaaaaaaaaaaaaaa', name: 'Owner 345' },
  account: 'acc_aaaaaaaaaaaaaaaaaaaa',
  project: null,
  permission: 'read_write',
  expiresAt: null,
});

interface Files {
  forwardAuth: string;
  github: string;
  json: string;
  /** Forward-auth with some of the keys, and with all others. */
  warming: string;
  cold: string;
}

interface Servers {
  plain: PinnedServer;
  github: PinnedServer;
  bare: PinnedServer;
}

interface Target {
  server: PinnedServer;
  requests: string;
}

/** Results by name, one a round. */
type Measured = Map<string, Round[]>;

interface Round extends Result {
  /** Requests for each second that the server's process has had of the processor: what else runs on the machine takes nothing from it. */
  perProcessorSecond: number;
}

export async function measureHttp(options: Options): Promise<Row[]> {
  await findOrInstall({ title: 'wrk', programs: ['wrk'], folders: [], packages: ['wrk'] });
  using folder = tempFolder();
  const [plain, github] = ['plain', 'github'].map(name => join(folder.path, name)) as [string, string]; // of two names
  for (const path of [plain, github]) mkdirSync(path);
  const count = options.isQuick ? KEYS_QUICK : KEYS;
  const files = await makeRequests(folder.path, { plain, github }, count);
  const cold = await measureCold(folder.path, plain, files, options);
  await using stack = new AsyncDisposableStack();
  const servers = {
    plain: stack.use(await startOurs(folder.path, plain)),
    github: stack.use(await startOurs(folder.path, github)),
    bare: stack.use(await startPinned(folder.path, 'bare.ts', [ANSWER])),
  };
  const peers = await startPeers(stack, folder.path);
  await warm(servers, files, peers, count);
  return [...(await measureWarm(servers, files, peers, options)), cold];
}

async function makeRequests(folder: string, data: { plain: string; github: string }, count: number): Promise<Files> {
  const tokens = await fill(data.plain, count);
  const { api, keys } = await fillWithGithub(data.github, count);
  const at = `/v1/apis/${api}/auth`;
  const write = (name: string, requests: string[]) => writeRequests(join(folder, `${name}.requests`), requests);
  const simple = tokens.map(token => forwardAuth({ token }));
  const warming = WARMING * count;
  return {
    forwardAuth: write('forward-auth', simple),
    warming: write('warming', simple.slice(0, warming)),
    cold: write('cold', simple.slice(warming)),
    github: write(
      'github',
      keys.map(({ token, one }) => forwardAuth({ token, at, method: one.method, uri: one.path })),
    ),
    json: write('json', tokens.map(jsonVerify)),
  };
}

/** Each key for the first time, on servers whose code is warm. */
async function measureCold(folder: string, data: string, files: Files, { rounds }: Options): Promise<Row> {
  const measured: Measured = new Map();
  for (let round = 0; round < rounds; round++) {
    await using ours = await startOurs(folder, data);
    await using bare = await startPinned(folder, 'bare.ts', [ANSWER]);
    for (const server of [ours, bare]) server.standStill();
    for (const [name, server] of Object.entries({ [OURS]: ours, [BARE]: bare })) {
      const { port } = server;
      const result = await alone(server, async () => {
        await fullLoad({ port, requests: files.warming, seconds: COLD_WARM_SECONDS });
        const load = () => fullLoad({ port, requests: files.cold, seconds: COLD_SECONDS }, true);
        return withProcessor(server, COLD_SECONDS, load);
      });
      add(measured, name, result);
    }
  }
  return throughput(measured, 'forward-auth, every key for the first time', BARE, COLD_MIN);
}

async function startPeers(stack: AsyncDisposableStack, folder: string): Promise<Record<string, Target>> {
  const redis = stack.use(await startRedis());
  const start = async (...args: string[]): Promise<Target> => {
    const requests = join(folder, `peer ${args.join(' ').replaceAll('/', ' ')}.requests`);
    return { server: stack.use(await startPinned(folder, 'peers/peer-server.ts', [requests, ...args])), requests };
  };
  return {
    'better-auth, SQLite in memory': await start('better-auth'),
    'better-auth, SQLite in a file (WAL)': await start('better-auth', join(folder, 'better-auth.db')),
    'prefixed-api-key over a Map': await start('prefixed-api-key'),
    'SHA-256 and Redis GET, by hand': await start('redis', String(redis.port)),
  };
}

/** Until every key is known, and the code of all doors is compiled. */
async function warm(
  { plain, github, bare }: Servers,
  files: Files,
  peers: Record<string, Target>,
  count: number,
): Promise<void> {
  await knowAll({ server: plain, requests: files.forwardAuth }, count);
  await knowAll({ server: github, requests: files.github }, count);
  const others = [plain, bare].map(server => ({ server, requests: files.json }));
  for (const { server, requests } of [
    ...others,
    { server: github, requests: files.github },
    ...[plain, bare].map(server => ({ server, requests: files.forwardAuth })),
    ...Object.values(peers),
  ])
    await fullLoad({ port: server.port, requests, seconds: WARM_SECONDS });
}

/** Once a run goes through all of them from the first to the last. */
async function knowAll({ server, requests }: Target, count: number): Promise<void> {
  for (let seconds = KNOW_SECONDS; seconds <= KNOW_SECONDS_MAX; seconds += KNOW_SECONDS) {
    const { perSecond } = await fullLoad({ port: server.port, requests, seconds }, true);
    if (perSecond * seconds > 1.1 * count) return;
  }
  throw new Error(`${count} keys are more than this machine verifies in ${KNOW_SECONDS_MAX} s`);
}

async function measureWarm(
  { plain, github, bare }: Servers,
  files: Files,
  peers: Record<string, Target>,
  options: Options,
): Promise<Row[]> {
  for (const server of [plain, github, bare, ...Object.values(peers).map(peer => peer.server)]) server.standStill();
  const beside = (server: PinnedServer, requests: string) => ({
    [OURS]: { server, requests },
    [BARE]: { server: bare, requests },
  });
  const besideBare = async (targets: Record<string, Target>, perSecond?: number): Promise<Measured> => {
    for (const server of [plain, github]) await alone(server, () => settled(server.port));
    return inTurns(targets, { ...options, rounds: ROUNDS_BESIDE_BARE * options.rounds }, perSecond);
  };
  const half = async (targets: Record<string, Target>, full: Measured, what: string): Promise<Row> => {
    const perSecond = middle(full.get(BARE), 'perSecond') / 2;
    return latency(await besideBare(targets, perSecond), what, perSecond);
  };
  const ours = (requests: string) => ({ [OURS]: { server: plain, requests } });
  const jsonPeers = Object.entries(peers).map(([name, { server, requests }]) => [
    name,
    { server, requests: `${requests}.json` },
  ]);
  const [atGithub, json] = [beside(github, files.github), beside(plain, files.json)];
  const githubResults = await besideBare(atGithub);
  const simple = await besideBare(beside(plain, files.forwardAuth));
  const simplePeers = await inTurns({ ...ours(files.forwardAuth), ...peers }, options);
  const jsonResults = await besideBare(json);
  const jsonPeersResults = await inTurns({ ...ours(files.json), ...Object.fromEntries(jsonPeers) }, options);
  const besidePeers = (results: Measured, what: string) =>
    Object.keys(peers).map(name =>
      throughput(results, what, name, name.startsWith('better-auth') ? BETTER_AUTH_MIN : undefined),
    );
  const title = 'forward-auth with the 1,223 endpoints of GitHub as permissions';
  return [
    throughput(githubResults, title, BARE, FORWARD_AUTH_MIN),
    await half(atGithub, githubResults, title),
    throughput(simple, 'forward-auth', BARE, FORWARD_AUTH_MIN),
    ...besidePeers(simplePeers, 'forward-auth'),
    throughput(jsonResults, 'JSON verify', BARE, JSON_MIN),
    ...besidePeers(jsonPeersResults, 'JSON verify'),
    await half(json, jsonResults, 'JSON verify'),
  ];
}

/** All servers share one core: what each does at the side belongs to its own figures, and the others stand still meanwhile. */
async function alone<Result>(server: PinnedServer, work: () => Promise<Result>): Promise<Result> {
  server.goOn();
  try {
    return await work();
  } finally {
    server.standStill();
  }
}

/** Until a server has written the uses of the load before. */
async function settled(port: number): Promise<void> {
  const waiting = async () => {
    const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^keywright_uses_waiting\S* (\d+)$/m.exec(figures)?.[1]);
  };
  await until(async () => (await waiting()) === 0, { ms: SETTLED_MS_MAX, everyMs: 1000, what: 'uses to be written' });
}

/** Under full load, or with so many requests a second. */
async function inTurns(targets: Record<string, Target>, options: Options, perSecond?: number): Promise<Measured> {
  const measured: Measured = new Map();
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, { server, requests }] of Object.entries(targets)) {
      const load = { port: server.port, requests, seconds: options.seconds };
      const go = () => (perSecond === undefined ? fullLoad(load) : steadyLoad(load, perSecond));
      add(measured, name, await alone(server, () => withProcessor(server, options.seconds, go)));
    }
  }
  return measured;
}

async function withProcessor(server: PinnedServer, seconds: number, go: () => Promise<Result>): Promise<Round> {
  const before = server.processorSeconds();
  const result = await go();
  const perProcessorSecond = (result.perSecond * seconds) / (server.processorSeconds() - before);
  return { ...result, perProcessorSecond };
}

/** A peer that leaves requests unanswered is told in its row. */
function add(measured: Measured, name: string, result: Round): void {
  if (result.errors > 0 && (name === OURS || name === BARE))
    throw new Error(`${name}: ${result.errors} requests were not answered as they should be`);
  measured.set(name, [...(measured.get(name) ?? []), result]);
}

function throughput(measured: Measured, what: string, name: string, floor?: number): Row {
  const names = [OURS, name];
  const [ours, beside] = names.map(one => whole(middle(measured.get(one), 'perProcessorSecond'))) as [string, string]; // of two names
  const ratio = ratioOf(measured, name, 'perProcessorSecond');
  const unanswered = (measured.get(name) ?? []).reduce((sum, { errors }) => sum + errors, 0);
  const failed = unanswered === 0 ? '' : ` (${unanswered} unanswered)`;
  const shown = {
    what,
    ours: `${ours}/s`,
    besideWhat: name,
    beside: `${beside}/s${failed}`,
    ratio: `${times(ratio)} (${times(ratioOf(measured, name, 'perSecond'))})`,
  };
  return floor === undefined ? { ...shown, wanted: '' } : { ...shown, wanted: `≥ ${floor}`, reached: ratio >= floor };
}

/** Not said to be reached when the load did not keep its pace with the bare server: then it measured itself. */
function latency(measured: Measured, title: string, perSecond: number): Row {
  const names = [OURS, BARE];
  const [ours, beside] = names.map(one => `${middle(measured.get(one), 'p99Ms').toFixed(2)} ms`) as [string, string]; // of two names
  const ratio = ratioOf(measured, BARE, 'p99Ms');
  const hasPace = middle(measured.get(BARE), 'perSecond') >= PACE_MIN * perSecond;
  const what = `p99 at ${whole(perSecond)}/s, half of what the bare one does at most: ${title}`;
  const shown = { ours, besideWhat: BARE, beside, ratio: times(ratio), wanted: `≤ ${P99_MAX}` };
  return { what, ...shown, reached: hasPace ? ratio <= P99_MAX : undefined };
}

type Figure = 'perSecond' | 'perProcessorSecond' | 'p99Ms';

/** Of each round ours by the other, then the median: what slows a whole round hits both. */
function ratioOf(measured: Measured, name: string, field: Figure): number {
  const others = measured.get(name) ?? [];
  const ours = measured.get(OURS) ?? [];
  return median(ours.map((one, round) => one[field] / (others[round]?.[field] ?? Number.NaN)));
}

function middle(results: readonly Round[] | undefined, field: Figure): number {
  return median((results ?? []).map(one => one[field]));
}
