import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Grants, grantSets, isReadingAction, type Permission, type Permitted, permits } from './permission.ts';
import { permittedWithin } from './within.ts';

const sets = ({ permission, grants }: Permitted) => ({ permission, grants: grantSets(grants) });
const all = (permission: Permission): Permitted => ({ permission, grants: {} });
const some = (grants: Grants): Permitted => ({ permission: 'restricted', grants });

describe('one permission within another', () => {
  const rows: [name: string, inner: Permitted, outer: Permitted, within: boolean][] = [
    ['writing in writing', all('read_write'), all('read_write'), true],
    ['writing in reading', all('read_write'), all('read_only'), false],
    ['reading in writing', all('read_only'), all('read_write'), true],
    ['reading in reading', all('read_only'), all('read_only'), true],
    ['restricted in writing', some({ shop: 'read_write' }), all('read_write'), true],
    ['writing in restricted', all('read_write'), some({ shop: 'read_write' }), false],
    ['reading in restricted', all('read_only'), some({ shop: 'read_write' }), false],
    ['nothing in restricted', some({}), some({}), true],
    ['nothing in reading', some({}), all('read_only'), true],
    ['reading of one API in reading', some({ shop: 'read_only' }), all('read_only'), true],
    ['writing of one API in reading', some({ shop: 'read_write' }), all('read_only'), false],
    ['endpoints in reading: they may come to write', some({ shop: ['GET /a'] }), all('read_only'), false],
    ['no endpoint in reading', some({ shop: [] }), all('read_only'), true],
    ['the same API', some({ shop: 'read_write' }), some({ shop: 'read_write' }), true],
    ['less of the API', some({ shop: 'read_only' }), some({ shop: 'read_write' }), true],
    ['more of the API', some({ shop: 'read_write' }), some({ shop: 'read_only' }), false],
    ['an endpoint of the API', some({ shop: ['GET /a'] }), some({ shop: 'read_write' }), true],
    ['an endpoint in reading of the API', some({ shop: ['GET /a'] }), some({ shop: 'read_only' }), false],
    ['fewer endpoints', some({ shop: ['GET /a'] }), some({ shop: ['GET /b', 'GET /a'] }), true],
    ['an endpoint more', some({ shop: ['GET /a', 'GET /c'] }), some({ shop: ['GET /a', 'GET /b'] }), false],
    ['reading of what is listed', some({ shop: 'read_only' }), some({ shop: ['GET /a'] }), false],
    ['another API', some({ store: 'read_only' }), some({ shop: 'read_write' }), false],
    ['another API, of it nothing', some({ store: [] }), some({ shop: 'read_write' }), true],
    ['a name that every object has', some(JSON.parse('{"constructor":"read_only"}')), some({}), false],
  ];
  for (const [name, inner, outer, within] of rows) {
    test(`${name}: ${within ? 'within' : 'beyond'}`, () => {
      assert.equal(permittedWithin(sets(inner), sets(outer)), within);
    });
  }
});

test('what lies within permits nothing that the outer one refuses', () => {
  const apis = fc.constantFrom('shop', 'store');
  const ids = ['GET /a', 'GET /b', 'POST /a'];
  const grant = fc.oneof(fc.constantFrom('read_write' as const, 'read_only' as const), fc.subarray(ids));
  const permitted = fc
    .record({
      permission: fc.constantFrom<Permission>('read_write', 'read_only', 'restricted'),
      grants: fc.dictionary(apis, grant),
    })
    .map(sets);
  const action = fc.record({
    api: fc.option(apis, { nil: undefined }),
    method: fc.constantFrom('GET', 'POST', undefined),
    endpoint: fc.option(fc.record({ id: fc.constantFrom(...ids), reads: fc.boolean() }), { nil: undefined }),
  });
  fc.assert(
    fc.property(permitted, permitted, action, (inner, outer, asked) => {
      if (!permittedWithin(inner, outer) || !permits(inner, asked)) return;
      assert.ok(permits(outer, asked), `${isReadingAction(asked) ? 'reading' : 'writing'} ${JSON.stringify(asked)}`);
    }),
    { numRuns: 5000 },
  );
});
