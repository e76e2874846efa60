import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { endpointId, newId, reads } from '@keywright/core';
import {
  findApis,
  findEndpoints,
  idsOfOwners,
  insertApi,
  insertMember,
  insertProject,
  saveEndpoints,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, openedForSuite } from './stores.ts';

for (const name of DATABASES) {
  describe(`what verify knows of APIs in ${name}`, () => {
    const opened = openedForSuite(name);

    async function newApi(account: string, lines: readonly string[], project: string | null = null): Promise<string> {
      const id = newId('api', randomBytes);
      const endpoints = lines.map(line => {
        const [method = '', path = ''] = line.split(' ');
        return {
          id: endpointId(method, path),
          method,
          path,
          reads: reads(method),
          name: null,
          summary: null,
          tag: null,
        };
      });
      await opened.store.transact(async tx => {
        await insertApi(tx, { id, account, project, name: 'Shop', description: null, createdAt: AT });
        await saveEndpoints(tx, id, endpoints);
      });
      return id;
    }

    async function newProject(account: string): Promise<string> {
      const id = newId('prj', randomBytes);
      await opened.store.transact(tx =>
        insertProject(tx, { id, account, name: 'Atlas', description: null, createdAt: AT }),
      );
      return id;
    }

    test('an API comes with all its endpoints, by one statement', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const project = await newProject(account);
      const many = Array.from({ length: 2500 }, (_, n) => `GET /things/${n}/{id}`);
      const id = await newApi(account, [...many, 'POST /things'], project);
      const api = await store.findApi(id);
      assert.deepEqual([api?.id, api?.account, api?.project, api?.endpoints.size], [id, account, project, 2501]);
      assert.deepEqual(api?.endpoints.find('GET', '/things/2499/x'), { id: 'GET /things/2499/{}', reads: true });
      assert.deepEqual(api?.endpoints.find('POST', '/things'), { id: 'POST /things', reads: false });
    });

    test('one without endpoints is there, one that is not there is not', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const id = await newApi(account, []);
      const api = await store.findApi(id);
      assert.deepEqual([api?.id, api?.project, api?.endpoints.size], [id, null, 0]);
      for (const absent of [newId('api', randomBytes), '', "' or 1=1 --"])
        assert.equal(await store.findApi(absent), undefined);
    });

    test('APIs and endpoints that a grant names are found within the account and the project', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const { account: foreign } = await makeAccount(store);
      const project = await newProject(account);
      const [shop, inside, theirs] = [
        await newApi(account, ['GET /a', 'GET /b']),
        await newApi(account, ['GET /a'], project),
        await newApi(foreign, ['GET /a']),
      ];
      const ids = [shop, inside, theirs];
      assert.deepEqual(await findApis(store.db, { account, project: undefined }, ids), new Set([shop, inside]));
      assert.deepEqual(await findApis(store.db, { account, project }, ids), new Set([inside]));
      assert.deepEqual(await findApis(store.db, { account, project }, []), new Set());
      const found = await findEndpoints(store.db, [
        { api: shop, endpoint: 'GET /b' },
        { api: inside, endpoint: 'GET /b' },
        { api: inside, endpoint: 'GET /a' },
      ]);
      assert.ok(found.get(shop)?.has('GET /b'));
      assert.ok(found.get(inside)?.has('GET /a'));
      assert.ok(!found.get(inside)?.has('GET /b'));
      assert.deepEqual(await findEndpoints(store.db, []), new Map());
    });

    test('who has the role of an owner', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const id = newId('mem', randomBytes);
      const row = { id, account, person: null, name: 'Ada', email: `${id}@example.com`, createdAt: AT };
      await store.transact(tx => insertMember(tx, { ...row, role: 'owner' }));
      const other = newId('mem', randomBytes);
      await store.transact(tx => insertMember(tx, { ...row, id: other, email: `${other}@example.com`, role: 'admin' }));
      const owners = await idsOfOwners(store.db, account);
      assert.deepEqual([owners.has(id), owners.has(other)], [true, false]);
    });
  });
}
