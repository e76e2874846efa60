import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operations } from '@keywright/contract';
import { DATABASES, makeKey, renewSessions } from '../support/app.ts';
import { type Act, actingAll, actionsAbout, eventsAbout, refusal } from './acting.ts';
import { makeProject, makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`APIs on ${kind}`, () => {
    let world: World;
    let owner: Act;
    before(async () => {
      world = await makeWorld(kind);
      owner = actingAll(world.app, world.home).owner;
    });
    after(() => world[Symbol.asyncDispose]());

    const documentOf = (paths: object, more: object = {}) =>
      JSON.stringify({ openapi: '3.1.0', info: { title: 'Orders', version: '1' }, paths, ...more });
    const newApi = async () => (await owner('createApi', { name: 'Orders' })).id;
    const idsOf = async (api: string) => (await owner('listEndpoints', { api, limit: 100 })).items.map(({ id }) => id);
    const grantedKey = (grants: object) =>
      makeKey(world.app, world.home.callers.owner, { permission: 'restricted', grants: { ...grants } });
    const grantsOf = async (key: string) => (await owner('getAccessKey', { key })).grants;

    test('an API is made, found, changed and deleted, and its events tell so', async () => {
      const made = await owner('createApi', { name: 'Weather', description: 'Rain', project: world.home.project });
      assert.partialDeepStrictEqual(made, {
        name: 'Weather',
        description: 'Rain',
        project: world.home.project,
        builtIn: false,
        endpoints: 0,
        tags: [],
      });
      assert.deepEqual(await owner('getApi', { api: made.id }), made);
      const changed = await owner('updateApi', { api: made.id, name: 'Climate' });
      assert.deepEqual(changed, { ...made, name: 'Climate' });
      await owner('updateApi', { api: made.id, name: 'Climate' });
      await owner('deleteApi', { api: made.id });
      await refusal(owner('getApi', { api: made.id }), 'not_found');
      assert.deepEqual(await actionsAbout(owner, made.id), ['createApi', 'updateApi', 'deleteApi']);
    });

    test('an archived project takes no APIs', async () => {
      const project = await makeProject(world.app, world.home.id, 'Old');
      await owner('archiveProject', { project });
      await refusal(owner('createApi', { name: 'X', project }), 'invalid_value', 'project');
    });

    test('the built-in API stands first, shows the contract, and stays as it is', async () => {
      await newApi();
      const { items } = await owner('listApis', {});
      assert.equal(items[0]?.id, 'keywright');
      for (const sort of ['name', '-name', 'createdAt', '-createdAt'] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await owner('listApis', { limit: 1, sort, ...(cursor !== undefined && { cursor }) });
          assert.equal(page.items.length, 1);
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        const whole = await owner('listApis', { limit: 100, sort });
        assert.deepEqual(
          seen,
          whole.items.map(({ id }) => id),
          sort,
        );
      }
      assert.ok((await owner('listApis', { text: 'management api' })).items.some(({ builtIn }) => builtIn));
      assert.ok(!(await owner('listApis', { text: 'orders' })).items.some(({ builtIn }) => builtIn));
      assert.deepEqual((await owner('listApis', { project: world.home.project, text: 'nothing' })).items, []);

      const api = 'keywright';
      const shown = await owner('getApi', { api });
      assert.equal(shown.endpoints, operations.length);
      assert.equal(
        shown.tags.reduce((sum, { endpoints }) => sum + endpoints, 0),
        operations.length,
      );
      const first = await owner('listEndpoints', { api, limit: 30 });
      const second = await owner('listEndpoints', { api, limit: 100, cursor: first.nextCursor ?? '' });
      const names = [...first.items, ...second.items].map(({ name }) => name);
      assert.deepEqual(names.toSorted(), operations.map(({ name }) => name).toSorted());
      const verify = await owner('listEndpoints', { api, tag: 'verify', method: 'POST', reads: true, text: 'VERIFY' });
      assert.deepEqual(
        verify.items.map(({ id }) => id),
        ['POST /v1/verify'],
      );
      await refusal(owner('listEndpoints', { api, cursor: 'x' }), 'invalid_value', 'cursor');
      const endpoint = 'POST /v1/verify';
      await refusal(owner('updateApi', { api, name: 'X' }), 'conflict');
      await refusal(owner('deleteApi', { api }), 'conflict');
      await refusal(owner('createEndpoint', { api, method: 'GET', path: '/x' }), 'conflict');
      await refusal(owner('updateEndpoint', { api, endpoint, reads: false }), 'conflict');
      await refusal(owner('deleteEndpoint', { api, endpoint }), 'conflict');
      await refusal(owner('importApi', { api, document: documentOf({}) }), 'conflict');
    });

    test('at the endpoint of a project there are its own APIs and the built-in one', async () => {
      const { project } = world.home;
      const other = await makeProject(world.app, world.home.id, 'Other');
      const inside = await owner('createApi', { name: 'Inside', project });
      const outside = await newApi();
      const listed = await owner('listApis', { limit: 100 }, { project: other });
      assert.deepEqual(
        listed.items.map(({ id }) => id),
        ['keywright'],
      );
      const own = await owner('listApis', { text: 'inside' }, { project });
      assert.deepEqual(
        own.items.map(({ id }) => id),
        [inside.id],
      );
      assert.deepEqual((await owner('listApis', { project: other }, { project })).items, []);
      await owner('getApi', { api: inside.id }, { project });
      await refusal(owner('getApi', { api: outside }, { project }), 'not_found');
      await refusal(owner('listEndpoints', { api: inside.id }, { project: other }), 'not_found');
    });

    test('endpoints are entered by hand: one for each method and template', async () => {
      const api = await newApi();
      const made = await owner('createEndpoint', { api, method: 'POST', path: '/search', reads: true, tag: 'find' });
      assert.deepEqual(made, {
        id: 'POST /search',
        method: 'POST',
        path: '/search',
        reads: true,
        name: null,
        summary: null,
        tag: 'find',
      });
      const one = await owner('createEndpoint', { api, method: 'GET', path: '/orders/{order}' });
      assert.deepEqual([one.id, one.reads], ['GET /orders/{}', true]);
      await refusal(owner('createEndpoint', { api, method: 'GET', path: '/orders/{id}' }), 'conflict');
      for (const path of ['orders', '/a//b', '/a/../b', '/a;b', '/a?b', '/a b', '/%2f', '/é'])
        await refusal(owner('createEndpoint', { api, method: 'GET', path }), 'invalid_value', 'path');
      const endpoint = one.id;
      const changed = await owner('updateEndpoint', { api, endpoint, reads: false, summary: 'Marks it as seen' });
      assert.deepEqual(changed, { ...one, reads: false, summary: 'Marks it as seen' });
      const { tags } = await owner('getApi', { api });
      assert.deepEqual(tags, [
        { tag: 'find', endpoints: 1 },
        { tag: null, endpoints: 1 },
      ]);
      assert.deepEqual((await owner('listEndpoints', { api, reads: false })).items, [changed]);
      assert.deepEqual((await owner('listEndpoints', { api, tag: '' })).items, [changed]);
      assert.deepEqual((await owner('listEndpoints', { api, text: 'SEARCH', method: 'POST' })).items, [made]);
      await refusal(owner('deleteEndpoint', { api, endpoint }), 'conflict');
      await owner('updateEndpoint', { api, endpoint, reads: true });
      await owner('deleteEndpoint', { api, endpoint });
      await refusal(owner('deleteEndpoint', { api, endpoint }), 'not_found');
      assert.deepEqual(await idsOf(api), ['POST /search']);
    });

    test('an API that keys hold grants for is not deleted', async () => {
      const api = await newApi();
      const { key } = await grantedKey({ [api]: 'read_only' });
      const error = await refusal(owner('deleteApi', { api }), 'conflict');
      assert.match(error.message, /1 access key holds a grant/);
      await owner('updateAccessKey', { key, grants: {} });
      await owner('deleteApi', { api });
    });

    test('an import shows the difference first, and changes nothing until it is applied', async () => {
      const api = await newApi();
      const document = documentOf({
        '/orders': { get: { operationId: 'listOrders', tags: ['orders', 'x'], summary: 'All\n of them' }, post: {} },
        '/orders/{order}': { get: { tags: ['orders'] } },
      });
      const shown = await owner('importApi', { api, document });
      assert.partialDeepStrictEqual(shown, {
        applied: false,
        title: 'Orders',
        version: '1',
        basePath: '',
        endpoints: 3,
      });
      assert.deepEqual(
        shown.added.items.map(({ id }) => id),
        ['GET /orders', 'POST /orders', 'GET /orders/{}'],
      );
      assert.deepEqual(shown.added.items[0], {
        id: 'GET /orders',
        method: 'GET',
        path: '/orders',
        reads: true,
        name: 'listOrders',
        summary: 'All of them',
        tag: 'orders',
      });
      assert.deepEqual([await idsOf(api), await actionsAbout(owner, api)], [[], ['createApi']]);
      assert.deepEqual(await owner('importApi', { api, document, apply: true }), { ...shown, applied: true });
      assert.deepEqual(await idsOf(api), ['GET /orders', 'POST /orders', 'GET /orders/{}']);
      const again = await owner('importApi', { api, document, apply: true });
      assert.deepEqual([again.added.count, again.changed.count, again.removed.count, again.endpoints], [0, 0, 0, 3]);
      const [, event] = await eventsAbout(owner, api);
      assert.partialDeepStrictEqual(event, {
        action: 'importApi',
        target: { kind: 'api', id: api },
        details: { added: 3, removed: 0 },
      });
    });

    test('importing again tells added, changed and removed, and leaves what people said', async () => {
      const api = await newApi();
      const first = documentOf({ '/a/{id}': { get: { summary: 'A' } }, '/search': { post: {} }, '/old': { get: {} } });
      await owner('importApi', { api, document: first, apply: true });
      await owner('updateEndpoint', { api, endpoint: 'POST /search', reads: true });
      const second = documentOf({ '/a/{a}': { get: { summary: 'B' } }, '/search': { post: {} }, '/new': { get: {} } });
      const shown = await owner('importApi', { api, document: second, apply: true });
      assert.deepEqual(
        [shown.added, shown.changed, shown.removed].map(({ items }) => items.map(({ id }) => id)),
        [['GET /new'], ['GET /a/{}'], ['GET /old']],
      );
      assert.deepEqual(shown.changed.items[0]?.fields, ['path', 'summary']);
      const { items } = await owner('listEndpoints', { api, method: 'POST' });
      assert.equal(items[0]?.reads, true);
    });

    test('a granted endpoint goes only when that is said, and out of the grants with it', async () => {
      const api = await newApi();
      const document = documentOf({ '/a': { get: {} }, '/b': { get: {} }, '/c': { get: {} } });
      await owner('importApi', { api, document, apply: true });
      const both = await grantedKey({ [api]: ['GET /a', 'GET /b'] });
      const one = await grantedKey({ [api]: ['GET /b'] });
      const whole = await grantedKey({ [api]: 'read_only' });
      const smaller = documentOf({ '/a': { get: {} } });
      const shown = await owner('importApi', { api, document: smaller });
      assert.equal(shown.removed.count, 2);
      const losing = shown.keys.items.map(({ key, endpoints }) => [key, endpoints]);
      assert.deepEqual(losing.toSorted(), [both.key, one.key].map(key => [key, 1]).toSorted());
      const error = await refusal(owner('importApi', { api, document: smaller, apply: true }), 'conflict');
      assert.match(error.message, /2 access keys hold grants for 1 endpoint that would be removed/);
      assert.deepEqual(await grantsOf(both.key), { [api]: ['GET /a', 'GET /b'] });
      await owner('importApi', { api, document: smaller, apply: true, removeGranted: true });
      assert.deepEqual(await grantsOf(both.key), { [api]: ['GET /a'] });
      assert.deepEqual(await grantsOf(one.key), {});
      assert.deepEqual(await grantsOf(whole.key), { [api]: 'read_only' });
      // When it comes back, nobody has it again by that.
      await owner('importApi', { api, document, apply: true });
      assert.deepEqual(await grantsOf(one.key), {});
      assert.deepEqual((await actionsAbout(owner, one.key)).at(-1), 'importApi');
    });

    test('nor is an endpoint that one holds a grant for', async () => {
      const api = await newApi();
      const { id: endpoint } = await owner('createEndpoint', { api, method: 'GET', path: '/a' });
      const { key } = await grantedKey({ [api]: [endpoint] });
      await refusal(owner('deleteEndpoint', { api, endpoint }), 'conflict');
      await owner('updateAccessKey', { key, grants: {} });
      await owner('deleteEndpoint', { api, endpoint });
    });

    test('nothing lets keys call more than before unless that is said', async () => {
      const api = await newApi();
      const paths = { '/orders/{order}': { get: {} }, '/orders/purge': { get: {} } };
      await owner('importApi', { api, document: documentOf(paths), apply: true });
      await owner('updateEndpoint', { api, endpoint: 'GET /orders/purge', reads: false });
      await grantedKey({ [api]: ['GET /orders/{}'] });
      const without = documentOf({ '/orders/{order}': { get: {} } });
      const { widened } = await owner('importApi', { api, document: without });
      assert.deepEqual(
        widened.items.map(({ endpoint }) => endpoint),
        ['GET /orders/purge', 'GET /orders/purge'],
      );
      assert.match(JSON.stringify(widened), /count as reading.*1 access key holds a grant for GET \/orders\/\{\}/);
      await refusal(owner('importApi', { api, document: without, apply: true }), 'conflict');
      await refusal(owner('deleteEndpoint', { api, endpoint: 'GET /orders/purge' }), 'conflict');
      await owner('importApi', { api, document: without, apply: true, widen: true });
      await owner('updateEndpoint', { api, endpoint: 'GET /orders/{}', reads: false });
      const shown = await owner('importApi', { api, document: documentOf(paths) });
      assert.deepEqual(
        shown.widened.items.map(({ endpoint }) => endpoint),
        ['GET /orders/purge'],
      );
    });

    test('nor where the paths of two endpoints have something in common, such as /a/b', async () => {
      const api = await newApi();
      const both = documentOf({ '/a/{y}': { get: {}, post: {} }, '/{x}/b': { get: {}, post: {} } });
      const one = documentOf({ '/{x}/b': { get: {}, post: {} } });
      await owner('importApi', { api, document: both, apply: true });
      const { key } = await grantedKey({ [api]: ['POST /{}/b'] });
      const without = await owner('importApi', { api, document: one });
      assert.deepEqual(without.widened.items, [
        {
          endpoint: 'POST /a/{}',
          why: '1 access key holds a grant for POST /{}/b, which then matches requests of it',
        },
      ]);
      await refusal(owner('importApi', { api, document: one, apply: true }), 'conflict');
      await refusal(owner('deleteEndpoint', { api, endpoint: 'POST /a/{}' }), 'conflict');
      await owner('updateAccessKey', { key, grants: {} });
      await owner('importApi', { api, document: one, apply: true });
      await owner('updateEndpoint', { api, endpoint: 'GET /{}/b', reads: false });
      const again = await owner('importApi', { api, document: both });
      assert.deepEqual(again.widened.items, [
        {
          endpoint: 'GET /a/{}',
          why: 'it reads, and some of its requests were those of GET /{}/b, which writes',
        },
      ]);
      await refusal(owner('importApi', { api, document: both, apply: true }), 'conflict');
      await owner('importApi', { api, document: both, apply: true, widen: true });
    });

    test('what stands before the paths comes from the document, or from whoever imports', async () => {
      const api = await newApi();
      const servers = [{ url: 'https://{region}.example.com/{version}/', variables: { version: { default: 'v2' } } }];
      const document = documentOf({ '/a': { get: {} } }, { servers });
      assert.equal((await owner('importApi', { api, document })).basePath, '/v2');
      const given = await owner('importApi', { api, document, basePath: '/api/', apply: true });
      assert.deepEqual([given.basePath, await idsOf(api)], ['/api', ['GET /api/a']]);
      assert.equal((await owner('getApi', { api })).basePath, '/api');
      const again = await owner('importApi', { api, document });
      assert.deepEqual([again.basePath, again.removed.count], ['/api', 0]);
      assert.equal((await owner('importApi', { api, document, basePath: '' })).basePath, '');
      await refusal(owner('importApi', { api, document, basePath: 'v2' }), 'invalid_value', 'basePath');
      await refusal(owner('importApi', { api, document, basePath: '/{x}' }), 'invalid_value', 'basePath');
    });

    test('files that come with a document are read, and no others', async () => {
      await renewSessions(world.app, world.home);
      const api = await newApi();
      const document =
        'openapi: 3.0.3\npaths:\n  /a: { $ref: "./paths/a.yaml" }\n  /b: { $ref: "#/x-items/b" }\nx-items: { b: { post: {} } }';
      const files = { 'paths/a.yaml': '{ $ref: "../shared.json#/a~1item" }', 'shared.json': '{"a/item": {"get": {}}}' };
      const { added } = await owner('importApi', { api, document, files });
      assert.deepEqual(
        added.items.map(({ id }) => id),
        ['GET /a', 'POST /b'],
      );
      const error = await refusal(owner('importApi', { api, document }), 'invalid_value', 'document');
      assert.match(error.message, /paths\/a\.yaml/);
    });
  });
}
