import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Right, ROLES, rightNames, type Scope, scopeOf } from './roles.ts';

/** Design 4, one row a right: owner, admin, member, viewer. */
const TABLE: Record<Right, [Scope, Scope, Scope, Scope]> = {
  'keys:see': ['all', 'all', 'own', 'own'],
  'keys:change': ['all', 'all', 'own', 'none'],
  'keys:import': ['all', 'all', 'none', 'none'],
  'directory:see': ['all', 'all', 'all', 'all'],
  'directory:change': ['all', 'all', 'none', 'none'],
  'accounts:manage': ['all', 'all', 'none', 'none'],
  'owners:change': ['all', 'none', 'none', 'none'],
  'policy:check': ['all', 'all', 'none', 'none'],
  'verifiers:use': ['all', 'all', 'none', 'none'],
  'events:see': ['all', 'all', 'own', 'own'],
  'events:check': ['all', 'all', 'none', 'none'],
  'profile:see': ['own', 'own', 'own', 'own'],
  'profile:change': ['own', 'own', 'own', 'own'],
};

test('the table of rights is that of design 4', () => {
  const table = Object.fromEntries(rightNames.map(right => [right, ROLES.map(role => scopeOf(role, right))]));
  assert.deepEqual(table, TABLE);
});

test('no role may do what the role above it may not', () => {
  const width: Record<Scope, number> = { none: 0, own: 1, all: 2 };
  for (const right of rightNames) {
    const widths = ROLES.map(role => width[scopeOf(role, right)]);
    assert.deepEqual(
      widths,
      widths.toSorted((a, b) => b - a),
      right,
    );
  }
});
