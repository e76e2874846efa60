import type pg from 'pg';

/** What is kept on the target while a move is under way. A server does not start on a database that has this table (migrations/index.ts). */
export const CREATE = `create table moving (kind text not null, name text not null, value text not null, primary key (kind, name))`;

/** How far a table is: the key of its last row, as JSON; null before the first. */
export interface Reached {
  after: string | null;
  rows: number;
  done: boolean;
}

export async function exists(target: pg.ClientBase): Promise<boolean> {
  const { rows } = await target.query<{ name: string | null }>(`select to_regclass('moving')::text as name`);
  return rows[0]?.name !== null;
}

export async function read(target: pg.ClientBase, kind: string): Promise<Map<string, string>> {
  const { rows } = await target.query<{ name: string; value: string }>(
    'select name, value from moving where kind = $1 order by name',
    [kind],
  );
  return new Map(rows.map(({ name, value }) => [name, value]));
}

export async function note(target: pg.ClientBase, kind: string, name: string, value: string): Promise<void> {
  await target.query(
    'insert into moving values ($1, $2, $3) on conflict (kind, name) do update set value = excluded.value',
    [kind, name, value],
  );
}

export async function reachedOf(target: pg.ClientBase, table: string): Promise<Reached> {
  const { rows } = await target.query<{ value: string }>(
    `select value from moving where kind = 'table' and name = $1 for update`,
    [table],
  );
  return rows[0] === undefined ? { after: null, rows: 0, done: false } : JSON.parse(rows[0].value);
}

/** Everything or nothing. */
export async function inTransaction<Result>(target: pg.ClientBase, work: () => Promise<Result>): Promise<Result> {
  await target.query('begin');
  try {
    const result = await work();
    await target.query('commit');
    return result;
  } catch (error) {
    // The connection may be the fault; what counts is the first error.
    await target.query('rollback').catch(() => {});
    throw error;
  }
}
