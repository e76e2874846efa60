import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type Moved, MoveError, moveToPostgres, openStore } from '@keywright/store';
import { Client, types } from 'pg';
import { connectTarget, LOCK_WAIT_MS } from '../../packages/store/src/move/target.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { fillEveryTable } from './every-table.ts';
import { change, makeAccount, plainEvent } from './stores.ts';

const ROWS = 1500;
/** Smaller transactions than in life, so that each table is several. */
const ROWS_AT_ONCE = 500;
/** By so many a move that is cut off gets further each time. */
const STEPS_MORE = 17;

describe('a move from SQLite to PostgreSQL', () => {
  const made = new AsyncDisposableStack();
  let file: string;
  let tables: string[];
  before(async () => {
    file = join(made.use(tempFolder()).path, 'keywright.db');
    await (await openStore(file))[Symbol.asyncDispose]();
    tables = fillEveryTable(file, ROWS);
    assert.ok(tables.length >= 23);
  });
  after(() => made.disposeAsync());

  const move = (url: string, { from = file, onStep = () => {}, ...more }: Options = {}): Promise<Moved> =>
    moveToPostgres(from, url, { startOver: false, rowsAtOnce: ROWS_AT_ONCE, ...more }, onStep);

  test('brings every row of every table, as it is', async () => {
    await using database = await freshDatabase();
    const shares: number[] = [];
    const { how, tables: compared } = await move(database.url, { onStep: share => shares.push(share) });
    assert.equal(how, 'moved');
    assert.deepEqual(
      compared.map(({ table, rows, apart }) => [table, rows, apart]),
      tables.toSorted().map(table => [table, ROWS, undefined]),
    );
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    await using client = await connect(database.url);
    for (const table of tables) assert.deepEqual(await rowsThere(client, table), rowsHere(file, table), table);
  });

  test('leaves the schema that migrations make, and counts on', async () => {
    await using fresh = await freshDatabase();
    await (await openStore(fresh.url))[Symbol.asyncDispose]();
    await using database = await freshDatabase();
    const used = join(made.use(tempFolder()).path, 'keywright.db');
    copyFileSync(file, used);
    using source = new DatabaseSync(used);
    // Numbers that were given to rows that are gone are not given again.
    source.exec(`delete from use_batches where id > 10`);
    await move(database.url, { from: used });
    assert.deepEqual(await schemaOf(database.url), await schemaOf(fresh.url));
    await using store = await openStore(database.url);
    const { account } = await makeAccount(store);
    const [event] = await change(store, plainEvent(account));
    assert.equal(event?.id, ROWS + 1);
    assert.equal(await store.uses.putBy([]), ROWS + 1);
  });

  test('that is cut off, wherever that is, and run again holds the same', async () => {
    await using database = await freshDatabase();
    let runs = 0;
    let moved: Moved | undefined;
    // Each run gets some steps further than the one before.
    for (; moved === undefined; runs++) {
      const end = (runs + 1) * STEPS_MORE;
      let step = 0;
      const onStep = () => {
        if (++step > end) throw new Error('cut off');
      };
      moved = await move(database.url, { onStep }).catch(error => {
        assert.equal(error.message, 'cut off');
        return undefined;
      });
      if (moved === undefined && (await isMoving(database.url)))
        await assert.rejects(openStore(database.url), /a move into it is not finished: run keywright move again/);
    }
    assert.ok(runs > 5, `${runs} runs`);
    assert.equal(moved.how, 'resumed');
    await using client = await connect(database.url);
    for (const table of tables) assert.deepEqual(await rowsThere(client, table), rowsHere(file, table), table);
    // One that could not tell any more that it had come to its end.
    assert.deepEqual(await move(database.url), { ...moved, how: 'same' });
  });

  test('waits for one whose line was cut no longer than PostgreSQL does, and says who else holds its rows', async () => {
    await using database = await freshDatabase();
    const target = await connectTarget(database.url, LOCK_WAIT_MS);
    // As the system has them for this connection.
    const names = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
    const { rows } = await target.query(
      'select name, setting::int from pg_settings where name = any($1) order by name',
      [[...names, 'lock_timeout']],
    );
    await target.end();
    assert.deepEqual(
      rows.map(({ setting }) => setting),
      [60_000, 3, 10, 5, 25_000],
    );

    const cutOff = () => {
      throw new Error('cut off');
    };
    await assert.rejects(move(database.url, { onStep: share => share > 0 && cutOff() }), /cut off/);
    await using holder = await connect(database.url);
    await holder.query('begin; select 1 from moving for update');
    const { pid } = (await holder.query('select pg_backend_pid() as pid')).rows[0];
    const words = `^Another session on the target holds what the move needs \\(maybe ${pid}, from 127\\.0\\.0\\.1, since .+\\)\\. .*pg_terminate_backend\\(${pid}\\)`;
    await assert.rejects(move(database.url, { lockWaitMs: 50 }), refusal(new RegExp(words)));
    await holder.query('commit');
    assert.equal((await move(database.url)).how, 'resumed');
  });

  test('proves that both sides hold the same, and says where they do not', async () => {
    await using database = await freshDatabase();
    await move(database.url);
    await using client = await connect(database.url);
    await client.query(`update last_uses set address = address || '.' where key = 'key 77';
      delete from verifications where id = 'key 5'; update events set hash = '\\x00' where id = 7`);
    const apart = [
      'events (1500 rows there, 1500 here)',
      'last_uses (1500 rows there, 1500 here)',
      'verifications (1500 rows there, 1499 here)',
    ];
    await assert.rejects(move(database.url), {
      message: `The target is in use by another Keywright. It does not hold the same as the data folder in ${apart.join(', ')}. Move into an empty database.`,
    });
  });

  test('is refused where it can not be what is wanted, in a sentence', async () => {
    await using foreign = await freshDatabase();
    await using client = await connect(foreign.url);
    await client.query('create table guests (name text)');
    await assert.rejects(
      move(foreign.url),
      refusal(/^The target holds tables that are not Keywright's: guests\. Move into an empty database\.$/),
    );

    await using unfinished = await freshDatabase();
    const stop = () => {
      throw new Error('cut off');
    };
    await assert.rejects(move(unfinished.url, { onStep: stop }), /cut off/);
    const other = join(made.use(tempFolder()).path, 'keywright.db');
    copyFileSync(file, other);
    using source = new DatabaseSync(other);
    source.exec(`delete from verifications where id = 'key 1'`);
    await assert.rejects(
      move(unfinished.url, { from: other }),
      refusal(/^A move of something else into that database is not finished, .*--start-over/),
    );
    await using meanwhile = await connect(unfinished.url);
    await meanwhile.query('create table guests (name text)');
    await assert.rejects(
      move(unfinished.url, { from: other, startOver: true }),
      refusal(/^The target holds tables that are not Keywright's: guests\./),
    );
    await meanwhile.query('drop table guests');
    const { how, tables: compared } = await move(unfinished.url, { from: other, startOver: true });
    assert.deepEqual([how, compared.find(({ table }) => table === 'verifications')?.rows], ['moved', ROWS - 1]);

    source.exec(`update projects set name = 'a' || char(0) || 'b' where id = 'key 9'`);
    await using another = await freshDatabase();
    await assert.rejects(
      move(another.url, { from: other }),
      refusal(/^A row of projects \(key 9\) holds a text with a NUL, which PostgreSQL can not hold: mend it first\.$/),
    );
  });
});

interface Options {
  from?: string;
  startOver?: boolean;
  lockWaitMs?: number;
  onStep?: (share: number) => void;
}

function refusal(words: RegExp) {
  return (error: unknown) => error instanceof MoveError && words.test(error.message);
}

async function connect(url: string) {
  const getTypeParser = (id: number) => (id === types.builtins.INT8 ? Number : types.getTypeParser(id));
  const client = new Client({ connectionString: url, types: { getTypeParser } });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function isMoving(url: string): Promise<boolean> {
  await using client = await connect(url);
  return (await client.query(`select to_regclass('moving')::text as name`)).rows[0].name !== null;
}

/** All rows as texts, in an order of their own. */
function sorted(rows: Record<string, unknown>[]): string[] {
  const plain = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value);
  return rows
    .map(row =>
      JSON.stringify(
        Object.keys(row)
          .sort()
          .map(name => plain(row[name])),
      ),
    )
    .sort();
}

function rowsHere(file: string, table: string): string[] {
  using database = new DatabaseSync(file, { readOnly: true });
  return sorted(database.prepare(`select * from "${table}"`).all());
}

async function rowsThere(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query(`select * from "${table}"`);
  return sorted(rows);
}

/** Indexes, constraints and defaults in the words of PostgreSQL. */
async function schemaOf(url: string): Promise<unknown[]> {
  await using client = await connect(url);
  const queries = [
    `select indexdef as part from pg_indexes where schemaname = 'public' order by 1`,
    `select conrelid::regclass::text || conname || pg_get_constraintdef(oid) || convalidated as part from pg_constraint
      where connamespace = 'public'::regnamespace order by 1`,
    `select table_name || column_name || data_type || is_nullable || coalesce(column_default, '') as part
      from information_schema.columns where table_schema = 'public' order by 1`,
  ];
  const parts: unknown[] = [];
  for (const query of queries) parts.push(...(await client.query(query)).rows.map(({ part }) => part));
  return parts;
}
