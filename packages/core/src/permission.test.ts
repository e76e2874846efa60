import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Action,
  type Grants,
  grantLists,
  grantSets,
  type Permission,
  permissionAt,
  permissionWithinRole,
  permits,
  reads,
} from './permission.ts';
import { ROLES } from './roles.ts';

const held = (permission: Permission, grants: Grants = {}) => ({ permission, grants: grantSets(grants) });

test('only GET, HEAD and OPTIONS in capitals read', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.ok(reads(method), method);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get', 'GET ', '', undefined]) {
    assert.ok(!reads(method), String(method));
    assert.ok(!permits(held('read_only'), { method }), String(method));
    assert.ok(permits(held('read_write'), { method }), String(method));
  }
});

const list = { id: 'GET /orders', reads: true };
const search = { id: 'POST /search', reads: true };
const make = { id: 'POST /orders', reads: false };
const logout = { id: 'GET /logout', reads: false };

describe('what a permission permits', () => {
  const shop = (endpoint: Action['endpoint'], method = 'GET'): Action => ({ api: 'shop', method, endpoint });
  const rows: [name: string, permission: Permission, grants: Grants, action: Action, permitted: boolean][] = [
    ['read_write: an endpoint', 'read_write', {}, shop(make, 'POST'), true],
    ['read_write: no endpoint', 'read_write', {}, shop(undefined, 'DELETE'), true],
    ['read_write: no API', 'read_write', {}, { method: 'DELETE' }, true],
    ['read_only: an endpoint that reads', 'read_only', {}, shop(list), true],
    ['read_only: a POST that reads', 'read_only', {}, shop(search, 'POST'), true],
    ['read_only: a GET that writes', 'read_only', {}, shop(logout), false],
    ['read_only: an endpoint that writes', 'read_only', {}, shop(make, 'POST'), false],
    ['read_only: no endpoint, GET', 'read_only', {}, shop(undefined), true],
    ['read_only: no endpoint, POST', 'read_only', {}, shop(undefined, 'POST'), false],
    ['restricted: nothing at all', 'restricted', {}, shop(list), false],
    ['restricted: no API named', 'restricted', { shop: 'read_write' }, { method: 'GET' }, false],
    ['restricted: another API', 'restricted', { store: 'read_write' }, shop(list), false],
    ['restricted: a name that every object has', 'restricted', {}, { api: 'constructor', method: 'GET' }, false],
    ['restricted: all of the API', 'restricted', { shop: 'read_write' }, shop(make, 'POST'), true],
    ['restricted: all of the API, no endpoint', 'restricted', { shop: 'read_write' }, shop(undefined, 'PUT'), true],
    ['restricted: what reads', 'restricted', { shop: 'read_only' }, shop(search, 'POST'), true],
    ['restricted: what reads, no endpoint', 'restricted', { shop: 'read_only' }, shop(undefined), true],
    ['restricted: what reads, a write', 'restricted', { shop: 'read_only' }, shop(make, 'POST'), false],
    ['restricted: a listed endpoint', 'restricted', { shop: ['POST /orders'] }, shop(make, 'POST'), true],
    ['restricted: an endpoint not listed', 'restricted', { shop: ['POST /orders'] }, shop(list), false],
    ['restricted: no endpoint', 'restricted', { shop: ['GET /orders'] }, shop(undefined), false],
    ['restricted: an empty list', 'restricted', { shop: [] }, shop(list), false],
    ['restricted: the same endpoint elsewhere', 'restricted', { store: ['GET /orders'] }, shop(list), false],
  ];
  for (const [name, permission, grants, action, permitted] of rows) {
    test(`${name}: ${permitted ? 'permitted' : 'refused'}`, () => {
      assert.equal(permits(held(permission, grants), action), permitted);
    });
  }
});

test('a viewer keeps reading, and no key gains by a role', () => {
  const table = ROLES.map(role =>
    (['read_write', 'read_only', 'restricted'] as const).map(one => permissionWithinRole(one, role)),
  );
  const unchanged = ['read_write', 'read_only', 'restricted'];
  assert.deepEqual(table, [unchanged, unchanged, unchanged, ['read_only', 'read_only', 'restricted']]);
});

test('what a key may do at one API, and that of an owner who may only look', () => {
  const grants: Grants = { shop: 'read_only', store: ['GET /a'], keywright: 'read_write' };
  const rows: [Permission, string | undefined, Permission, Permission][] = [
    ['read_write', 'shop', 'read_write', 'read_only'],
    ['read_only', 'keywright', 'read_only', 'read_only'],
    ['restricted', 'shop', 'read_only', 'read_only'],
    ['restricted', 'keywright', 'read_write', 'read_only'],
    ['restricted', 'store', 'restricted', 'restricted'],
    ['restricted', 'other', 'restricted', 'restricted'],
    ['restricted', undefined, 'restricted', 'restricted'],
  ];
  for (const [permission, api, expected, ofViewer] of rows) {
    assert.equal(permissionAt(held(permission, grants), api, 'member'), expected);
    assert.equal(permissionAt(held(permission, grants), api, 'viewer'), ofViewer);
  }
});

test('grants are the same before and after they were sets', () => {
  const grants: Grants = { shop: 'read_only', store: ['GET /a', 'GET /b'], none: [] };
  assert.deepEqual(grantLists(grantSets(grants)), grants);
  assert.ok(Object.isFrozen(grantSets(grants)));
});
