import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { type Act, acting, refusal } from '../operations/acting.ts';
import { dump, makeWorld, type World } from '../operations/world.ts';

/** Of processors: other tests share the machine, and waiting for them is no fault of a document. */
const IN_TIME_MS = 2000;

const openapi = (paths: unknown, more: object = {}) => JSON.stringify({ openapi: '3.1.0', paths, ...more });
const get = (operation: unknown) => openapi({ '/a': { get: operation } });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`/p${i}`, { get: {} }]));
const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, i) => line(name, 'abcdefghi'[i] ?? ''))];

function line(name: string, of: string): string {
  return `${name}: &${name} [${Array(9).fill(`*${of}`).join(',')}]`;
}

/** Documents that are refused, each with what the message must say. */
const BAD: [name: string, document: string, says: RegExp][] = [
  ['nothing', '', /empty/],
  ['blanks', ' \n\t', /empty/],
  ['a text', 'hello', /must be an object/],
  ['a list', '[]', /must be an object/],
  ['null', 'null', /must be an object/],
  ['broken JSON', '{"openapi": "3.0.0",\n"paths": {,}}', /not valid JSON \(line 2 column \d+\)/],
  ['cut JSON', openapi(many(100)).slice(0, -5), /not valid JSON/],
  ['broken YAML', 'openapi: 3.0.0\npaths: [', /not valid YAML.*line \d+/],
  ['YAML with a key twice', 'openapi: 3.0.0\npaths: {}\npaths: {}', /not valid YAML.*unique.*line 3/],
  ['several YAML documents', 'openapi: 3.0.0\n---\nopenapi: 3.1.0', /not valid YAML/],
  ['HTML', '<!doctype html><html><body>Not found</body></html>', /not valid YAML|must be an object/],
  ['zeros', '\0\0\0\0', /not valid YAML|must be an object/],
  ['Swagger 2', '{"swagger": "2.0", "paths": {}}', /Swagger 2/],
  ['no version', '{"paths": {}}', /3\.0 or 3\.1/],
  ['another version', '{"openapi": "4.0.0", "paths": {}}', /3\.0 or 3\.1/],
  ['a version that is a number', 'openapi: 3.1\npaths: {}', /3\.0 or 3\.1/],
  ['a version of the prototype', '{"__proto__": {"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}}', /3\.0 or 3\.1/],
  ['no paths', '{"openapi": "3.1.0"}', /no operation/],
  ['no operation', openapi({ '/a': {} }), /no operation/],
  ['paths as a list', openapi([]), /object as its paths/],
  ['paths as a text', openapi('x'), /object as its paths/],
  ['a path without a slash', openapi({ a: { get: {} } }), /begin with a slash/],
  ['a path named __proto__', '{"openapi": "3.1.0", "paths": {"__proto__": {"get": {}}}}', /begin with a slash/],
  ['a path item that is none', openapi({ '/a': 5 }), /object as paths/],
  ['an operation that is none', get(5), /object as paths/],
  ['an operation that is null', get(null), /object as paths/],
  ['tags that are no list', get({ tags: 'x' }), /list as paths/],
  ['a tag that is no text', get({ tags: [{}] }), /text as paths/],
  ['a summary that is no text', get({ summary: [] }), /text as paths/],
  ['a name that is no text', get({ operationId: {} }), /text as paths/],
  ['a title that is no text', openapi({ '/a': { get: {} } }, { info: { title: [] } }), /text as info\.title/],
  ['servers that are none', openapi({ '/a': { get: {} } }, { servers: [5] }), /servers/],
  [
    'a server with an encoded path',
    openapi({ '/a': { get: {} } }, { servers: [{ url: '/%2e%2e/;x' }] }),
    /servers|server/,
  ],
  [
    'only paths that nothing matches',
    openapi({ '/a?b=c': { get: {} }, '/a//b': { get: {} } }),
    /no operation that can be matched/,
  ],
  ['too many operations', openapi(many(100_000)), /more than 20000 operations/],
  ['a $ref to itself', openapi({ '/a': { $ref: '#/paths/~1a' } }), /leads back to itself/],
  [
    'a circle of $refs',
    openapi({ '/a': { $ref: '#/paths/~1b' }, '/b': { $ref: '#/paths/~1a' } }),
    /leads back to itself/,
  ],
  ['a $ref to nothing', openapi({ '/a': { $ref: '#/nothing' } }), /not there/],
  ['a $ref to the prototype', openapi({ '/a': { $ref: '#/constructor' } }), /not there/],
  ['a $ref that is a number', openapi({ '/a': { $ref: 5 } }), /\$ref that is no text/],
  ['a $ref to a file', openapi({ '/a': { $ref: '../../../../etc/passwd' } }), /not read from anywhere/],
  ['a $ref to a file of the root', openapi({ '/a': { $ref: '/etc/passwd' } }), /not read from anywhere/],
  ['a $ref to a file by URL', openapi({ '/a': { $ref: 'file:///etc/passwd' } }), /not read from anywhere/],
  ['a $ref to the network', openapi({ '/a': { $ref: 'http://127.0.0.1:9/x.json' } }), /not read from anywhere/],
  ['a $ref to the network without a scheme', openapi({ '/a': { $ref: '//127.0.0.1/x' } }), /not read from anywhere/],
  ['a YAML bomb', [...bomb, 'openapi: 3.0.0', 'paths: {}'].join('\n'), /aliases/],
  ['a YAML alias of nothing', 'openapi: 3.0.0\npaths: *nothing', /aliases/],
  ['a YAML alias of itself', 'openapi: &a [*a]\npaths: {}', /aliases|YAML|3\.0 or 3\.1/],
  ['deep YAML', `openapi: 3.0.0\npaths: ${'['.repeat(20_000)}`, /nested too deeply|not valid YAML|to read/],
  ['wide YAML', '- a\n'.repeat(4_000_000), /to read/],
  [
    'YAML with very many keys',
    Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join('\n'),
    /1000 ms of a processor to read: give it as JSON/,
  ],
  ['deep JSON', '['.repeat(20_000_000), /objects and lists/],
  ['wide JSON', `{"a": [${'{},'.repeat(9_000_000)}{}]}`, /objects and lists/],
];

describe('bad documents', () => {
  let world: World;
  let owner: Act;
  let api: string;
  before(async () => {
    world = await makeWorld('sqlite');
    owner = acting(world.app, world.home.callers.owner);
    api = (await owner('createApi', { name: 'Orders' })).id;
    await owner('importApi', { api, document: openapi({ '/kept': { get: {} } }), apply: true });
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [name, document, says] of BAD) {
    test(`${name}: a clear error in time, and nothing has changed`, async () => {
      const stood = await dump(world);
      const begun = process.cpuUsage();
      const error = await refusal(owner('importApi', { api, document, apply: true }), 'invalid_value', 'document');
      const spent = process.cpuUsage(begun);
      const took = (spent.user + spent.system) / 1000;
      assert.match(error.message, says);
      assert.ok(error.message.length < 500, error.message);
      assert.ok(took < IN_TIME_MS, `it took ${took} ms`);
      assert.deepEqual(await dump(world), stood);
    });
  }

  test('what is odd, but harmless, is read', async () => {
    const document = [
      '\ufeffopenapi: 3.1.0',
      'info: {title: !!js/function "x", version: 2.0}',
      'paths:',
      '  x-more: 5',
      '  /a/{id}: {get: {summary: "two\\n lines\\u0007", operationId: 404, tags: []}, x-other: 1, parameters: 7}',
      '  /a/{name}: {get: {}}',
      '  /files/{name}.json: {get: {}}',
      '  /bad//path: {get: {}, post: {}}',
      'components: {schemas: {Loop: {$ref: "#/components/schemas/Loop"}, Far: {$ref: "http://127.0.0.1:9/"}}}',
    ].join('\n');
    const shown = await owner('importApi', { api, document });
    assert.deepEqual(
      shown.added.items.map(({ id, name, summary, tag }) => [id, name, summary, tag]),
      [
        ['GET /a/{}', '404', 'two lines', null],
        ['GET /files/{}.json', null, null, null],
      ],
    );
    assert.deepEqual(
      shown.skipped.items.map(({ path }) => path),
      ['GET /a/{name}', 'GET /bad//path', 'POST /bad//path'],
    );
    assert.equal(shown.version, '2');
  });

  test('no more documents are read at once than there is room for', async () => {
    const attempts = Array.from({ length: limits.openapiReadersMax + 1 }, () =>
      owner('importApi', { api, document: openapi(many(500)) }),
    );
    const results = await Promise.allSettled(attempts);
    const refused = results.filter(result => result.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => reason.code),
      ['too_many_attempts'],
    );
  });
});
