import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { newId } from '@keywright/core';
import {
  countProjects,
  getAccessKey,
  getProject,
  insertProject,
  listAccessKeys,
  listProjects,
  type NewProject,
  type ProjectFilter,
  projectState,
  type Store,
  updateProject,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, NASTY_TEXTS, openedForSuite } from './stores.ts';

async function makeProject(store: Store, account: string, more: Partial<NewProject> = {}): Promise<NewProject> {
  const project = { id: newId('prj', randomBytes), account, name: 'Web', description: null, createdAt: AT, ...more };
  await store.transact(tx => insertProject(tx, project));
  return project;
}

for (const name of DATABASES) {
  describe(`projects on ${name}`, () => {
    const opened = openedForSuite(name);

    test('every field comes back as it was given', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const text of NASTY_TEXTS) {
        const made = await makeProject(store, account, { name: text, description: text });
        assert.deepEqual(await getProject(store.db, account, made.id), { ...made, archivedAt: null, keys: 0 });
      }
      assert.equal(await countProjects(store.db, account), NASTY_TEXTS.length);
    });

    test('what is changed comes back, and is found by its new words', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const made = await makeProject(store, account);
      const change = { name: 'Shop', description: 'Sells', archivedAt: AT };
      await store.transact(tx => updateProject(tx, made.id, change));
      const changed = { ...made, ...change, keys: 0 };
      const found = async (text: string) => (await listProjects(store.db, account, { ...PAGE, text })).items;
      assert.deepEqual([await found('sells'), await found('web')], [[changed], []]);
    });

    test('it is known in its own account only, with its state', async () => {
      const { store } = opened;
      const [{ account }, other] = [await makeAccount(store), await makeAccount(store)];
      const { id } = await makeProject(store, account);
      const states = async () => [
        await projectState(store.db, account, id),
        await projectState(store.db, other.account, id),
        await projectState(store.db, account, 'prj_none'),
      ];
      assert.deepEqual(await states(), ['active', undefined, undefined]);
      await store.transact(tx => updateProject(tx, id, { name: 'Web', description: null, archivedAt: AT }));
      assert.deepEqual(await states(), ['archived', undefined, undefined]);
      assert.equal(await getProject(store.db, other.account, id), undefined);
      assert.equal(await countProjects(store.db, other.account), 0);
    });

    test('each order, page by page, shows every project once', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const [at, title] of ['b', 'A', 'ä', 'b', 'Z'].entries())
        await makeProject(store, account, { name: title, createdAt: AT + (at % 2) });
      for (const sort of ['name', '-name', 'createdAt', '-createdAt']) {
        const whole = (await listProjects(store.db, account, { ...PAGE, sort })).items.map(({ id }) => id);
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await listProjects(store.db, account, { sort, limit: 2, ...(cursor && { cursor }) });
          paged.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        assert.deepEqual([paged, new Set(paged).size], [whole, 5], sort);
      }
    });

    test('archiving switches its keys off in their facts and in every list', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { id: project } = await makeProject(store, whose.account);
      const { key } = await makeKey(store, whose, { project });
      const free = await makeKey(store, whose);
      const scope = { account: whose.account, owner: undefined };
      const look = async () => {
        const inState = async (state: 'active' | 'inactive') =>
          (await listAccessKeys(store.db, scope, { ...PAGE, sort: 'createdAt', state, project }, AT)).items.length;
        const facts = await store.findFacts(key);
        const shown = await getAccessKey(store.db, { ...scope, project }, key);
        return [facts?.enabled, shown?.archived, await inState('active'), await inState('inactive')];
      };
      const archive = (archivedAt: number | null) =>
        store.transact(tx => updateProject(tx, project, { name: 'Web', description: null, archivedAt }));
      assert.deepEqual(await look(), [true, false, 1, 0]);
      await archive(AT);
      assert.deepEqual(await look(), [false, true, 0, 1]);
      await archive(null);
      assert.deepEqual(await look(), [true, false, 1, 0]);
      assert.equal((await getProject(store.db, whose.account, project))?.keys, 1);
      assert.equal(await getAccessKey(store.db, { ...scope, project }, free.key), undefined);
    });
  });
}

const PAGE: ProjectFilter = { sort: 'name', limit: 100 };
