import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operations } from './contract.ts';
import { inputProperties, type Schema } from './encode.ts';
import type { Operation } from './operation.ts';

/** A good value for each field, whatever the operation. */
const GOOD: Record<string, unknown> = {
  account: 'acc_mfrggzdfmztwq2lknnwg',
  action: 'createAccessKey',
  actor: 'mem_mfrggzdfmztwq2lknnwg',
  address: '192.0.2.7',
  credential: 'kw_KWMRGIQ2ZBW5Z4OXPSSW_0',
  currentPassword: 'correct horse battery',
  cursor: 'WzEsMl0',
  deleteRequiresInactive: true,
  description: 'Nightly builds',
  email: 'ada@example.com',
  enabled: false,
  expiresAt: '2027-01-31T12:00:00Z',
  key: 'KWMRGIQ2ZBW5Z4OXPSSW',
  keysPerOwnerMax: 5,
  lifetimeDaysMax: 90,
  limit: 100,
  after: 7,
  atOnce: 10,
  apis: ['api_mfrggzdfmztwq2lknnwg'],
  batch: 1,
  entries: 7,
  hitRate: 0.5,
  keys: ['KWMRGIQ2ZBW5Z4OXPSSW'],
  lagMs: 3,
  onStale: 'serve',
  sequence: 7,
  staleMaxMs: 5000,
  uses: [{ key: 'KWMRGIQ2ZBW5Z4OXPSSW', count: 1, at: '2027-01-31T12:00:00Z' }],
  verifier: 'ver_mfrggzdfmztwq2lknnwg',
  version: '1.0.0',
  wait: 'all',
  waitMs: 100,
  member: 'mem_mfrggzdfmztwq2lknnwg',
  method: 'GET',
  name: 'Ada',
  nameRequired: true,
  networks: ['192.0.2.0/24', '2001:db8::/32'],
  newPassword: 'correct horse battery',
  notBefore: '2027-01-31T12:00:00.5+01:00',
  owner: 'sva_mfrggzdfmztwq2lknnwg',
  password: 'correct horse battery',
  path: '/orders/2',
  permission: 'read_only',
  project: 'prj_mfrggzdfmztwq2lknnwg',
  role: 'member',
  serviceAccount: 'sva_mfrggzdfmztwq2lknnwg',
  session: 'kRfV-0_a',
  since: '2027-01-31T12:00:00Z',
  sort: 'name',
  state: 'active',
  tags: ['production', 'nightly'],
  target: 'KWMRGIQ2ZBW5Z4OXPSSW',
  text: 'deploy',
  token: 'kRfV-0_a',
  tokenPrefix: 'acme_prod',
  unusedSince: '2027-01-31T12:00:00Z',
  until: '2027-01-31T12:00:00Z',
  userAgent: 'curl/8.0',
  api: 'api_mfrggzdfmztwq2lknnwg',
  endpoint: 'GET /orders/{}',
  reads: true,
  summary: 'Look at an order',
  tag: 'orders',
  document: 'openapi: 3.1.0',
  files: { 'paths.yaml': 'get: {}' },
  basePath: '/v2',
  apply: true,
  removeGranted: false,
  widen: false,
  rows: [{ owner: 'sva_mfrggzdfmztwq2lknnwg', secret: 'sk_live_0123456789' }],
  reservation: 'rsv_aaaaaaaaaaaaaaaaaaaa',
  cost: 1,
  scheme: { algorithm: 'sha512', salt: 'pepper' },
};

/** Fields of which any text up to its limit is taken: they are compared, read elsewhere or cleaned, but never kept as they came. */
const ANY_TEXT: Record<string, string[]> = {
  changePassword: ['currentPassword'],
  importApi: ['document'],
  setUp: ['token'],
  verify: ['credential', 'path', 'address', 'userAgent'],
};
const takesAnyText = (entry: Operation, field: string) =>
  field === 'cursor' || ANY_TEXT[entry.name]?.includes(field) === true;

/** Fields that stand in place of others, which are judged without them. */
const ALONE: Record<string, string> = { verify: 'items', importApi: 'url' };

function fieldsOf(entry: Operation): [string, Schema][] {
  return Object.entries(inputProperties(entry)).filter(([field]) => ALONE[entry.name] !== field);
}

function goodInput(entry: Operation): Record<string, unknown> {
  return Object.fromEntries(fieldsOf(entry).map(([field]) => [field, GOOD[field]]));
}

/** The fields of which parsing complains. */
function complaints(entry: Operation, input: unknown): string[] {
  const { error } = entry.input.safeParse(input);
  return error?.issues.map(({ path }) => String(path[0] ?? '')) ?? [];
}

const typesOf = (schema: Schema) => [schema, ...(schema.anyOf ?? [])].map(part => part.type);
const isText = (schema: Schema) => typesOf(schema).includes('string');

for (const entry of operations) {
  describe(entry.name, () => {
    const good = goodInput(entry);

    test('takes good values in all fields', () => {
      assert.deepEqual(entry.input.safeParse(good).error, undefined);
    });

    test('refuses what is no object', () => {
      for (const input of [null, undefined, [], 'text', 7, true]) assert.ok(!entry.input.safeParse(input).success);
    });

    test('refuses unknown fields', () => {
      for (const extra of ['nothing', 'Name', 'constructor', '__proto__', '']) {
        const input = Object.fromEntries([...Object.entries(good), [extra, {}]]);
        assert.ok(!entry.input.safeParse(input).success, extra);
      }
    });

    test('refuses values of other types, and names the field', () => {
      for (const [field, schema] of fieldsOf(entry)) {
        // Each row is judged by itself, in the answer.
        if (field === 'rows') continue;
        const noObject = typesOf(schema).includes('object') ? [] : [{}];
        const wrong = [...noObject, [{}], [null], 1.5, Number.NaN, typesOf(schema).includes('boolean') ? 'true' : true];
        for (const value of wrong) {
          assert.deepEqual(new Set(complaints(entry, { ...good, [field]: value })), new Set([field]), field);
        }
      }
    });

    test('refuses texts of 10,000 characters, and names the field', () => {
      for (const [field, schema] of fieldsOf(entry)) {
        const long = 'x'.repeat(10_000);
        const value = isText(schema) ? long : typesOf(schema).includes('array') ? [long] : undefined;
        if (value === undefined || field === 'document') continue;
        assert.ok(complaints(entry, { ...good, [field]: value }).includes(field), field);
      }
    });

    test('refuses lone surrogates, NUL and other control characters, and names the field', () => {
      for (const [field, schema] of fieldsOf(entry)) {
        if (takesAnyText(entry, field)) continue;
        for (const bad of ['correct\ud800horse', 'correct horse\udc00', 'correct\0horse', '\0']) {
          const value = isText(schema) ? bad : typesOf(schema).includes('array') ? [bad] : undefined;
          if (value !== undefined) assert.ok(complaints(entry, { ...good, [field]: value }).includes(field), field);
        }
      }
    });
  });
}
