import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { endpointId, type Grants, newId, reads } from '@keywright/core';
import {
  allEndpoints,
  countApis,
  countTags,
  deleteAccessKey,
  deleteApi,
  deleteEndpoints,
  getApi,
  getEndpoint,
  insertApi,
  insertProject,
  keysGranted,
  listApis,
  listEndpoints,
  type StoredEndpoint,
  saveEndpoints,
  updateAccessKey,
  updateApi,
  updateGrants,
} from '@keywright/store';
import { type Kysely, sql } from 'kysely';
import { indexes } from '../../packages/store/src/migrations/0003-indexes.ts';
import { AT, makeAccount, makeKey, NASTY_TEXTS, openedForSuite, SORTING_DATABASES } from './stores.ts';

for (const name of SORTING_DATABASES) {
  describe(`APIs in ${name}`, () => {
    const opened = openedForSuite(name);

    async function newApi(account: string, more: { name?: string; project?: string; createdAt?: number } = {}) {
      const plain = { id: newId('api', randomBytes), project: null, name: 'Orders', description: null, createdAt: AT };
      const api = { ...plain, ...more, account };
      await opened.store.transact(tx => insertApi(tx, api));
      return api;
    }

    const save = (api: string, endpoints: StoredEndpoint[]) =>
      opened.store.transact(tx => saveEndpoints(tx, api, endpoints));

    test('an API keeps what it was given, within its account and project', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const { account: foreign } = await makeAccount(store);
      const project = newId('prj', randomBytes);
      await store.transact(tx =>
        insertProject(tx, { id: project, account, name: 'Atlas', description: null, createdAt: AT }),
      );
      const api = await newApi(account, { project });
      const stored = { ...api, basePath: null, endpoints: 0 };
      assert.deepEqual(await getApi(store.db, { account, project: undefined }, api.id), stored);
      assert.deepEqual(await getApi(store.db, { account, project }, api.id), stored);
      assert.equal(await getApi(store.db, { account, project: 'prj_other' }, api.id), undefined);
      assert.equal(await getApi(store.db, { account: foreign, project: undefined }, api.id), undefined);
      const change = { name: 'Bookings', description: 'x', basePath: '/v2' };
      await store.transact(tx => updateApi(tx, api.id, change));
      assert.deepEqual(await getApi(store.db, { account, project }, api.id), { ...stored, ...change });
      await newApi(foreign);
      assert.deepEqual([await countApis(store.db, account), await countApis(store.db, foreign)], [1, 1]);
      await save(api.id, [endpoint('GET', '/a')]);
      await store.transact(tx => deleteApi(tx, api.id));
      assert.deepEqual([await countApis(store.db, account), await allEndpoints(store.db, api.id)], [0, []]);
    });

    test('lists are paged in every order, alike in all databases', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const [index, text] of NASTY_TEXTS.entries())
        await newApi(account, { name: text, createdAt: AT + (index % 3) });
      for (const sort of ['name', '-name', 'createdAt', '-createdAt']) {
        const scope = { account, project: undefined };
        const whole = await listApis(store.db, scope, { sort, limit: 100 });
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await listApis(store.db, scope, { sort, limit: 4, ...(cursor !== undefined && { cursor }) });
          paged.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        assert.deepEqual(
          paged,
          whole.items.map(({ id }) => id),
        );
        assert.equal(paged.length, NASTY_TEXTS.length);
      }
      const { items } = await listApis(
        store.db,
        { account, project: undefined },
        { text: '100 %', sort: 'name', limit: 9 },
      );
      assert.deepEqual(
        items.map(one => one.name),
        ['100 %'],
      );
    });

    test('endpoints are saved, replaced, found and deleted, however many', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const { id: api } = await newApi(account);
      const many = Array.from({ length: 2500 }, (_, i) => endpoint(i % 2 ? 'GET' : 'POST', `/things/${i}/{id}`));
      await save(api, many);
      assert.equal((await getApi(store.db, { account, project: undefined }, api))?.endpoints, 2500);
      const changed = {
        ...endpoint('GET', '/things/1/{x}'),
        reads: false,
        name: 'n',
        summary: NASTY_TEXTS.join(' '),
        tag: 't',
      };
      await save(api, [changed]);
      assert.deepEqual(await getEndpoint(store.db, api, 'GET /things/1/{}'), changed);
      assert.equal(await getEndpoint(store.db, 'api_other', 'GET /things/1/{}'), undefined);
      await store.transact(tx =>
        deleteEndpoints(
          tx,
          api,
          many.slice(2).map(({ id }) => id),
        ),
      );
      assert.deepEqual(await allEndpoints(store.db, api), [changed, ...many.slice(0, 1)]);
      await store.transact(tx => deleteEndpoints(tx, api, []));
    });

    test('endpoints are filtered, paged by path, and counted by tag', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const { id: api } = await newApi(account);
      const all = [
        { ...endpoint('GET', '/B'), tag: 'b' },
        { ...endpoint('POST', '/a/{x}'), tag: 'B' },
        { ...endpoint('GET', '/a/{x}'), summary: 'Find 100 %', tag: 'b' },
        endpoint('DELETE', '/z'),
      ];
      await save(api, all);
      const list = async (filter: object) =>
        (await listEndpoints(store.db, api, { limit: 100, ...filter })).items.map(({ id }) => id);
      assert.deepEqual(await list({}), ['GET /B', 'GET /a/{}', 'POST /a/{}', 'DELETE /z']);
      assert.deepEqual(await list({ tag: 'b' }), ['GET /B', 'GET /a/{}']);
      assert.deepEqual(await list({ tag: '' }), ['DELETE /z']);
      assert.deepEqual(await list({ method: 'GET', text: '0 %' }), ['GET /a/{}']);
      assert.deepEqual(await list({ text: 'POST /A/{X' }), ['POST /a/{}']);
      assert.deepEqual(await list({ reads: false }), ['POST /a/{}', 'DELETE /z']);
      const first = await listEndpoints(store.db, api, { limit: 2 });
      const second = await listEndpoints(store.db, api, { limit: 2, cursor: first.nextCursor ?? '' });
      assert.deepEqual(
        [...first.items, ...second.items].map(({ id }) => id),
        await list({}),
      );
      assert.deepEqual(await countTags(store.db, api), [
        { tag: 'B', endpoints: 1 },
        { tag: 'b', endpoints: 2 },
        { tag: null, endpoints: 1 },
      ]);
    });

    test('the keys that hold a grant for an API are found, and no others', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const other = await makeAccount(store);
      const { id: api } = await newApi(whose.account);
      const grants = { [api]: ['GET /a'], keywright: 'read_only' } as const;
      const { key } = await makeKey(store, whose, { name: 'holds', permission: 'restricted', grants });
      await makeKey(store, whose, { permission: 'restricted', grants: { keywright: [api] } });
      await makeKey(store, whose, { name: api });
      await makeKey(store, other, { permission: 'restricted', grants });
      assert.deepEqual(await keysGranted(store.db, whose.account, api), [
        { key, name: 'holds', owner: whose.owner, grants },
      ]);
      await store.transact(tx => updateGrants(tx, key, { keywright: 'read_only' }));
      assert.deepEqual(await keysGranted(store.db, whose.account, api), []);
      assert.deepEqual((await keysGranted(store.db, whose.account, 'keywright')).length, 2);
    });

    test('the keys of an API follow each change of a key, and were found for keys that are older than the table', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const { id: api } = await newApi(whose.account);
      const { key, ...fields } = await makeKey(store, whose, {
        permission: 'restricted',
        grants: { [api]: 'read_only' },
      });
      const holders = async () => (await keysGranted(store.db, whose.account, api)).map(held => held.key);
      const update = (grants: Grants) => store.transact(tx => updateAccessKey(tx, key, { ...fields, grants }));
      await update({ keywright: 'read_write' });
      assert.deepEqual(await holders(), []);
      await update({ [api]: 'read_write', keywright: 'read_write' });
      assert.deepEqual(await holders(), [key]);
      for (const made of ['table granted_apis', 'index events_by_action', 'index events_by_time'])
        await sql`drop ${sql.raw(made)}`.execute(store.signInDb);
      // A migration knows no tables.
      await indexes(store.signInDb as unknown as Kysely<unknown>, store.dialect);
      assert.deepEqual(await holders(), [key]);
      await store.transact(tx => deleteAccessKey(tx, key));
      assert.deepEqual(await holders(), []);
    });
  });
}

function endpoint(method: string, path: string): StoredEndpoint {
  return { id: endpointId(method, path), method, path, reads: reads(method), name: null, summary: null, tag: null };
}
