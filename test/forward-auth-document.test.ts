import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Config } from '@keywright/server';
import { type Act, acting } from './operations/acting.ts';
import { makeAccount, startTestApp, type TestApp } from './support/app.ts';

/** What the OpenAPI document says of forward-auth, held to what a server answers with each family of headers. */
interface Declared {
  parameters: { $ref?: string; name?: string; in?: string }[];
  responses: Record<string, { $ref?: string; headers?: Record<string, { required?: boolean }> }>;
}

const document: {
  paths: Record<string, { get?: Declared }>;
  components: {
    parameters: Record<string, { name: string; in: string; description: string }>;
    responses: Record<string, Declared['responses'][string]>;
  };
} = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/openapi.json'), 'utf8'));

const doors = Object.entries(document.paths).flatMap(([path, { get }]) =>
  path.endsWith('/auth') && get !== undefined ? [[path, get] as const] : [],
);
/** Those in headers, by what stands in the document of each door. */
const parameters = doors.map(([, { parameters }]) =>
  parameters.flatMap(({ $ref = '' }) => document.components.parameters[$ref.split('/').at(-1) ?? ''] ?? []),
);

for (const family of ['x-forwarded', 'x-original'] as const satisfies Config['forwardedHeaders'][]) {
  describe(`forward-auth as docs/openapi.json says, with ${family}`, () => {
    const opened = new AsyncDisposableStack();
    let server: TestApp;
    let act: Act;
    let project: string;
    let api: string;
    before(async () => {
      server = opened.use(await startTestApp('sqlite', { forwardedHeaders: family }));
      act = acting(server.app, (await makeAccount(server.app, 'Acme')).callers.owner);
      project = (await act('createProject', { name: 'Atlas' })).id;
      api = (await act('createApi', { name: 'Maps' })).id;
      await act('createEndpoint', { api, method: 'GET', path: '/maps/{map}' });
    });
    after(() => opened.disposeAsync());

    const ask = (path: string, headers: Record<string, string>) =>
      fetch(server.url + path.replace('{project}', project).replace('{api}', api), { headers });

    /** The header of the family that names the method, and the one that names path and query. */
    const [method = '', uri = ''] = (parameters[0] ?? [])
      .filter(({ description }) => description.includes(`with \`${family}\``))
      .map(({ name }) => name);

    for (const [path, { responses }] of doors) {
      test(`GET ${path}`, async () => {
        const draft = path.includes('{project}') ? { project } : {};
        const reader = await act('createAccessKey', { ...draft, permission: 'read_only' });
        const original = { [uri]: '/maps/7?zoom=2', [method]: 'GET' };
        const bearer = `Bearer ${reader.token}`;
        for (const [status, headers] of [
          [204, { authorization: bearer, ...original }],
          [401, original],
          [403, { authorization: bearer, ...original, [method]: 'DELETE' }],
          // What does not name the method in the words of the family names none.
          [403, { authorization: bearer, [uri]: '/maps/7' }],
        ] as const) {
          const answer = await ask(path, headers);
          assert.equal(answer.status, status);
          const said = [...answer.headers.keys()].filter(name => /^x-key-|^www-auth|^retry-/.test(name));
          // This key has no limits.
          const declared = Object.keys(responses[status]?.headers ?? {})
            .map(name => name.toLowerCase())
            .filter(name => !/^ratelimit|^keywright-/.test(name));
          assert.deepEqual(said.sort(), declared.sort());
        }
        if (!path.includes('{api}')) return;
        const restricted = await act('createAccessKey', { ...draft, grants: { [api]: ['GET /maps/{}'] } });
        const at = { authorization: `Bearer ${restricted.token}`, [method]: 'GET' };
        assert.equal((await ask(path, { ...at, [uri]: '/maps/7' })).status, 204);
        assert.equal((await ask(path, at)).status, 403);
        const elsewhere = await ask(path.replace('{api}', `api_${'a'.repeat(20)}`), { ...at, [uri]: '/maps/7' });
        assert.deepEqual([elsewhere.status, elsewhere.headers.get('x-key-reason')], [401, 'unknown']);
      });
    }
  });
}

test('each door of forward-auth is declared with the same headers and refusals', () => {
  assert.equal(doors.length, 4);
  for (const [index, [path, { responses, parameters: own }]] of doors.entries()) {
    assert.deepEqual(parameters[index], parameters[0]);
    assert.deepEqual(Object.keys(responses), ['204', '401', '403', '429', '500', '503']);
    const inPath = own.filter(parameter => parameter.in === 'path').map(({ name }) => `{${name}}`);
    assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? []);
  }
});
