import { randomBytes } from 'node:crypto';
import { findTopAccount, openStore, type Store } from '@keywright/store';
import { Verifier } from '@keywright/verifier';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { App } from './app.ts';
import { Attempts } from './attempts.ts';
import { Bus } from './bus.ts';
import { type Config, ConfigError } from './config.ts';
import { openDataFolder } from './data-folder.ts';
import { drain } from './drain.ts';
import { makeHttpServer } from './edges/http-server.ts';
import { Feed } from './feed.ts';
import { DailyJob } from './jobs/daily.ts';
import { UseRecorder } from './jobs/record-uses.ts';
import { Lease } from './lease.ts';
import { LegacyKeys } from './legacy/legacy-keys.ts';
import { Limiter } from './limits/limiter.ts';
import { hostOf, listen } from './listen.ts';
import { demandNotMoved } from './maintenance/moved.ts';
import { Counted } from './metrics/counted.ts';
import { checkOpenAccess, prepareOpenAccess } from './open-access.ts';
import { openFollowers } from './open-followers.ts';
import { SetupToken } from './setup-token.ts';
import { openSignIn } from './sign-in.ts';
import { snapshotKeyOf } from './snapshot-key.ts';

export interface RunningApp extends AsyncDisposable {
  app: App;
  server: FastifyInstance;
  /** Where it listens, such as http://127.0.0.1:7600. */
  url: string;
}

/** Fields that no line of the log shows, whoever writes it. */
const REDACTED = [
  '*.secret',
  '*.token',
  '*.password',
  '*.credential',
  '*.authorization',
  '*.cookie',
  'secret',
  'token',
  'password',
  'credential',
];

/** Opens everything and listens. Throws ConfigError where a person can mend it. Dispose drains, flushes and closes. */
export async function openApp(config: Config, clock: () => number = Date.now): Promise<RunningApp> {
  if (config.openAccess) checkOpenAccess(config);
  const opened = new AsyncDisposableStack();
  try {
    // A worker's parent holds the folder.
    const { secret } = opened.use(openDataFolder(config.data, config.worker === undefined, config.secret));
    const log = pino({ level: config.logLevel, redact: REDACTED }, pino.destination(2));
    opened.defer(() => log.info('stopped'));
    const store = opened.use(
      // The error of a connection holds the connection with everything that was asked on it: only its words are for the log.
      await openDatabase(config, ({ message }) => log.warn({ reason: message }, 'a connection to the database broke')),
    );
    const bus = opened.use(new Bus(config.worker !== undefined));
    const verifying = await openVerifying({ store, config, secret, bus, log, clock });
    const { verifier, limiter, feed, followers, processes } = verifying;
    const uses = new UseRecorder(verifier.uses, store, log);
    let url = config.publicUrl ?? `http://${hostOf(config.host)}:${config.port}`;
    const origin = () => url;
    const signIn = openSignIn({ store, secret, origin, processes });
    const app: App = {
      config,
      version: packageJson.version,
      origin,
      store,
      verifier,
      feed,
      followers,
      bus,
      counted: new Counted(),
      traces: opened.use(await openTraces(config, followers.node, log)),
      snapshotKey: snapshotKeyOf(secret),
      uses,
      limiter: opened.use(limiter),
      signIn,
      setupToken: new SetupToken(),
      attempts: new Attempts(processes),
      isStopping: false,
      log,
      now: clock,
      random: randomBytes,
    };
    if (config.worker !== undefined) app.setupToken.use(config.worker.setupToken);
    // Others count on this node from before it reads any facts until it decides no more.
    await followers.load();
    opened.defer(() => followers.stop());
    await feed.start();
    opened.defer(() => feed.stop());
    // Whoever has just started remembers nothing of what was before.
    followers.reach(feed.sequence);
    await uses.start();
    opened.defer(() => uses.stop());
    if (config.openAccess) await prepareOpenAccess(app);
    const server = await makeHttpServer(app);
    const daily = new DailyJob(app);
    opened.defer(() => daily.stop());
    opened.defer(() => drain(app, server));
    const listening = await listen(server, config);
    url = config.publicUrl ?? listening;
    daily.start();
    log.info({ version: app.version, node: followers.node, url: listening, database: store.dialect }, 'started');
    opened.defer(() => log.info('stopping'));
    const owned = opened.move();
    return { app, server, url: listening, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

interface Parts {
  store: Store;
  config: Config;
  secret: string;
  bus: Bus;
  log: Logger;
  clock: () => number;
}

/** What decides about keys, what evicts what it remembers, and who else does so. */
async function openVerifying({ store, config, secret, bus, log, clock }: Parts) {
  const legacy = new LegacyKeys(store);
  await legacy.load();
  const reloadLegacy = () => {
    legacy.load().catch(error => log.error({ err: error }, 'legacy keys can not be found'));
  };
  // Those that share what is bounded for all: workers that just start count, too.
  const processes = () => Math.max(config.workers, followers.liveNodes);
  const limiter = await Limiter.open({
    store,
    log,
    processes,
    speaking: () => followers.speakingNodes,
    installation: () => findTopAccount(store.db),
    redis: config.redis,
  });
  const verifier = new Verifier(key => store.findFacts(key), {
    loadApi: id => store.findApi(id),
    findForeign: text => legacy.find(text),
    charge: (facts, asked, at) => limiter.charge(facts, asked, at),
  });
  const lease = new Lease(config.staleMaxMs, store.words !== undefined);
  const feed = new Feed(store, verifier, log, bus, lease);
  feed.subscribe(({ action }) => {
    if (action === 'importAccessKeys') reloadLegacy();
  });
  feed.onReturn(reloadLegacy);
  const followers = openFollowers({ store, bus, lease, log, secret, clock, entries: () => verifier.cache.size });
  feed.follow((_events, _from, sequence) => followers.reach(sequence));
  return { verifier, limiter, feed, followers, processes };
}

/** Loaded where they are wanted only. */
async function openTraces({ traces }: Config, node: string, log: Logger) {
  if (traces === undefined) return undefined;
  const { Traces } = await import('./traces/traces.ts');
  return new Traces(traces, { id: node, version: packageJson.version }, log);
}

async function openDatabase(config: Config, onError: (error: Error) => void) {
  demandNotMoved(config.data, config.database);
  try {
    return await openStore(config.database, onError, config);
  } catch (error) {
    const where = config.database.startsWith('postgres')
      ? 'The database of DATABASE_URL'
      : `The database ${config.database}`;
    throw new ConfigError(`${where} can not be opened: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown reason';
}
