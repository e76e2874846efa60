import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, createClient } from '@keywright/contract';
import { openStore } from '@keywright/store';
import { sql } from 'kysely';
import { migrate } from '../../packages/store/src/migrations/index.ts';
import { LAST_STEPS, NEXT_INDEXES, NEXT_STEPS } from '../store/next-version.ts';
import { SHARED_SECRET } from '../support/app.ts';
import { ComingAgain } from '../support/coming-again.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

const NODES = 4;
const AS_NEXT_VERSION = join(import.meta.dirname, 'as-next-version.ts');
/** Rounds of each node before the next version comes, and after it is there. */
const ROUNDS = 5;

test('four nodes start at once on an empty database, serve while four of the next version migrate it and serve, and start on what those made', async () => {
  await using database = await freshDatabase();
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(tempFolder());
  const start = (name: string, nodeFlags: readonly string[] = []) => {
    const shared = { DATABASE_URL: database.url, KEYWRIGHT_SECRET: SHARED_SECRET };
    const env = { KEYWRIGHT_DATA: join(folder.path, name), ...shared };
    return stack.use(new KeywrightProcess({ env, nodeFlags }));
  };
  const nodes = Array.from({ length: NODES }, (_, n) => start(`node${n}`));
  const urls = await Promise.all(nodes.map(node => node.listening()));
  const [first = start('none')] = nodes;
  const { token } = await setUp(first);

  const firstSights = new ComingAgain();
  const load = (url: string) => new Load(createClient({ server: url, token }), url, firstSights);
  const loads = urls.map(load);
  const grow = async () => {
    const from = loads.map(({ rounds }) => rounds);
    const grown = until(() => loads.every(({ rounds }, n) => rounds >= (from[n] ?? 0) + ROUNDS), { ms: 60_000 });
    await Promise.race([grown, ...loads.map(({ ended }) => ended)]);
  };
  await grow();
  const next = nodes.map((_, n) => start(`next${n}`, ['--import', AS_NEXT_VERSION]));
  loads.push(...(await Promise.all(next.map(node => node.listening()))).map(load));
  await grow();
  const again = start('node0-again');
  await again.listening();
  await grow();
  await Promise.all(loads.map(load => load.stop()));
  assert.ok(firstSights.count <= loads.length, `${firstSights.count} were told to come again`);
  const { owner } = await createClient({ server: await again.listening(), token }).whoami();
  assert.equal(owner.name, 'Ada');

  await using store = await openStore(database.url);
  const there = await sql<{ name: string }>`select name from kysely_migration
    union select indexname from pg_indexes where schemaname = current_schema()`.execute(store.db);
  const names = new Set(there.rows.map(({ name }) => name));
  for (const made of [...Object.keys(NEXT_STEPS), ...Object.keys(NEXT_INDEXES)]) assert.ok(names.has(made), made);
  await migrate(store.signInDb, store.dialect, LAST_STEPS);
  const { code, stderr } = await start('node0-too-old').ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^The database of DATABASE_URL can not be opened: a later version of Keywright has changed it .*\.$/m,
  );
});

/** Makes, uses, lists and takes away keys, one after the other, until it is stopped. Whatever fails, fails the test. */
class Load {
  rounds = 0;
  #stopped = false;
  readonly #client: Client;
  readonly #url: string;
  readonly #firstSights: ComingAgain;
  /** Rejects as soon as a request fails. */
  readonly ended: Promise<void>;

  constructor(client: Client, url: string, firstSights: ComingAgain) {
    this.#client = client;
    this.#url = url;
    this.#firstSights = firstSights;
    this.ended = this.#run();
    this.ended.catch(() => {}); // awaited later
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const { key, token } = await this.#client.createAccessKey({ name: 'load', tags: ['a'] });
      assert.equal(await this.#asked(token), 204);
      assert.ok((await this.#client.listAccessKeys({ text: 'load' })).items.length > 0);
      await this.#client.deactivateAccessKey({ key });
      assert.equal(await this.#asked(token), 401);
      await this.#client.deleteAccessKey({ key });
      this.rounds++;
    }
  }

  async #asked(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return (await this.#firstSights.fetch(`${this.#url}/v1/auth`, { headers })).status;
  }
}
