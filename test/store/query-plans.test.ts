import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as store from '@keywright/store';
import { CompiledQuery, type KyselyPlugin } from 'kysely';
import { AT, openedForSuite } from './stores.ts';

const HERE = { account: 'acc_a', owner: undefined, project: undefined };
const AGE = ['createdAt', '-createdAt'];
const NAME_AND_AGE = ['name', '-name', ...AGE];
const USE = ['lastUsed', '-lastUsed'];
type List = (db: store.Db, page: { sort: string; limit: number }) => Promise<unknown>;

/** Each list that the console shows, with the orders that an index must give. */
const LISTS: [name: string, sorts: string[], list: List][] = [
  ['keys', [...NAME_AND_AGE, ...USE], (db, page) => store.listAccessKeys(db, HERE, page, AT)],
  ['keys of an owner', AGE, (db, page) => store.listAccessKeys(db, { ...HERE, owner: 'mem_a' }, page, AT)],
  ['keys of a project', AGE, (db, page) => store.listAccessKeys(db, { ...HERE, project: 'prj_a' }, page, AT)],
  ['members', NAME_AND_AGE, (db, page) => store.listMembers(db, 'acc_a', page)],
  ['service accounts', NAME_AND_AGE, (db, page) => store.listServiceAccounts(db, 'acc_a', page)],
  ['projects', NAME_AND_AGE, (db, page) => store.listProjects(db, 'acc_a', page)],
  ['APIs', NAME_AND_AGE, (db, page) => store.listApis(db, HERE, page)],
  ['endpoints', ['path'], (db, { limit }) => store.listEndpoints(db, 'api_a', { limit })],
  ['events', ['seq'], (db, { limit }) => store.listEvents(db, 'acc_a', { limit })],
  // What these find is sorted afterwards: it is little.
  ['keys by text', [], (db, page) => store.listAccessKeys(db, HERE, { ...page, text: 'a' }, AT)],
  ['own events', [], (db, { limit }) => store.listEvents(db, 'acc_a', { limit, own: 'mem_a' })],
  ['accounts', [], (db, page) => store.listReachedAccounts(db, [{ account: 'acc_a', manages: true }], page)],
];

const opened = openedForSuite('SQLite');

for (const [name, sorts, list] of LISTS)
  test(`SQLite finds ${name} by an index, without reading a table as a whole`, async () => {
    for (const sort of sorts.length === 0 ? AGE : sorts) {
      const plan = await planOf(opened.store.db, db => list(db, { sort, limit: 50 }));
      assert.ok(plan.length > 0);
      // What a recursive query has gathered is read as a whole: it holds only what was reached.
      const whole = plan.filter(step => /^SCAN (?!(reached|nearest|n)\b)/.test(step));
      const sorted = plan.filter(step => sorts.length > 0 && step.includes('TEMP B-TREE'));
      assert.deepEqual([...whole, ...sorted], [], sort);
    }
  });

/** How SQLite goes about all queries of the work. */
async function planOf(db: store.Db, work: (db: store.Db) => Promise<unknown>): Promise<string[]> {
  const seen: Parameters<KyselyPlugin['transformQuery']>[0][] = [];
  const transformQuery: KyselyPlugin['transformQuery'] = args => {
    seen.push(args);
    return args.node;
  };
  await work(db.withPlugin({ transformQuery, transformResult: async ({ result }) => result }));
  const steps: string[] = [];
  for (const { node, queryId } of seen) {
    const query = db.getExecutor().compileQuery(node, queryId);
    const explained = CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters]);
    steps.push(...(await db.executeQuery<{ detail: string }>(explained)).rows.map(({ detail }) => detail));
  }
  return steps;
}
