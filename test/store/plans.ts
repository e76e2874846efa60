import { DatabaseSync, StatementSync } from 'node:sqlite';
import { mock } from 'node:test';
import { Client } from 'pg';
import type { Opened } from './stores.ts';

/** What a plan must be able to do with indexes alone. */
export interface Demand {
  /** The order, and where a page begins, too. */
  sorted?: boolean;
  /** It is asked of the whole server: a part of an index will do, wherever it begins. */
  everywhere?: boolean;
  /** The database chooses by what is in its tables: there must be enough. */
  freely?: boolean;
}

/** Gathered by the query itself, or held only until they are read. */
const READ_WHOLE = [
  'reached',
  'nearest',
  'n',
  'part',
  'own',
  'rows',
  'use_batches',
  'legacy_schemes',
  'verifiers',
  'nodes',
];

interface Statement {
  text: string;
  values: unknown[];
}

/** One step of a plan in the words of the database. A fault reads a table or an index as a whole or, where order is demanded, sorts. */
export interface Step {
  text: string;
  fault: boolean;
}

/** Does the work on the real database, and tells how it goes about each statement that reached its driver. */
export async function stepsOf(opened: Opened, demand: Demand, work: () => Promise<unknown>): Promise<Step[]> {
  const statements = await statementsOf(opened, work);
  const explain = opened.store.dialect === 'sqlite' ? stepsOnSqlite : stepsOnPostgres;
  return explain(opened.location, statements, demand);
}

/** Spies only: whatever way a statement comes, it is carried out. */
async function statementsOf({ store }: Opened, work: () => Promise<unknown>): Promise<Statement[]> {
  const { prototype } = StatementSync;
  const spies =
    store.dialect === 'sqlite'
      ? [mock.method(prototype, 'all'), mock.method(prototype, 'get'), mock.method(prototype, 'run')]
      : [mock.method(Client.prototype, 'query')];
  try {
    await work();
    const statements = spies.flatMap(({ mock: { calls } }) =>
      calls.map(({ this: self, arguments: [first, second] }): Statement => {
        if (self instanceof StatementSync) return { text: self.sourceSQL, values: [] };
        // As `pg` is called: by text and values, or by one object of both.
        return (typeof first === 'string' ? { text: first, values: second } : first) as unknown as Statement;
      }),
    );
    return statements.filter(({ text }) => !/^(begin|commit|rollback|set) ?/.test(text));
  } finally {
    for (const spy of spies) spy.mock.restore();
  }
}

/** https://sqlite.org/eqp.html */
async function stepsOnSqlite(location: string, statements: Statement[], demand: Demand): Promise<Step[]> {
  const database = new DatabaseSync(location);
  try {
    const steps = statements.flatMap(({ text }) => database.prepare(`explain query plan ${text}`).all());
    return steps.map(({ detail }) => ({ text: String(detail), fault: isFault(String(detail), demand) }));
  } finally {
    database.close();
  }
}

function isFault(step: string, { sorted, everywhere }: Demand): boolean {
  const [does, table = ''] = step.split(' ');
  if (does === 'SCAN') return !(READ_WHOLE.includes(table) || /^SCAN (CONSTANT |\d+-)?ROW/.test(step));
  // An automatic index is made for the one query, by reading the whole table.
  if (does === 'SEARCH') return step.includes(' AUTOMATIC ') || !(everywhere || /\(\w+=\?/.test(step));
  return sorted === true && step.startsWith('USE TEMP B-TREE');
}

/** What PostgreSQL would do with tables as small as these says nothing: what can be avoided is forbidden. */
const AVOIDABLE = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'];
const SORTING = ['sort', 'incremental_sort'];

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Relation Name'?: string;
  Plans?: Node[];
}

/** https://www.postgresql.org/docs/current/using-explain.html */
async function stepsOnPostgres(location: string, statements: Statement[], demand: Demand): Promise<Step[]> {
  const client = new Client(location);
  await client.connect();
  try {
    const forbidden = demand.freely ? [] : demand.sorted ? [...AVOIDABLE, ...SORTING] : AVOIDABLE;
    for (const way of forbidden) await client.query(`set enable_${way} = off`);
    const { rows: indexes } = await client.query(`select c.relname as name, a.attname as column from pg_index i
      join pg_class c on c.oid = i.indexrelid join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]`);
    const firstColumns = new Map<string, string>(indexes.map(({ name, column }) => [name, column]));
    const steps: Step[] = [];
    for (const { text, values } of statements) {
      const { rows } = await client.query(`explain (format json) ${text}`, values);
      for (const node of nodesOf(rows[0]['QUERY PLAN'][0].Plan))
        steps.push({ text: described(node), fault: isFaultyNode(node, firstColumns, demand) });
    }
    return steps;
  } finally {
    await client.end();
  }
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function isFaultyNode(node: Node, firstColumns: Map<string, string>, { sorted, everywhere }: Demand): boolean {
  const type = node['Node Type'];
  if (READ_WHOLE.includes(node['Relation Name'] ?? '')) return false;
  if (type === 'Seq Scan') return true;
  if (/Index/.test(type)) {
    // A condition on later columns only is looked for in the whole index.
    const begins = new RegExp(`\\("?${firstColumns.get(node['Index Name'] ?? '')}"? (= |IS NULL)`);
    const condition = node['Index Cond'] ?? '';
    return everywhere ? condition === '' : !begins.test(condition);
  }
  return sorted === true && type.endsWith('Sort');
}

function described(node: Node): string {
  return [node['Node Type'], node['Relation Name'], node['Index Name'], node['Index Cond']].filter(Boolean).join(' ');
}
