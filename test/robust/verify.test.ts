import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import { limits, newId, newSecret, parseKeyId, parseNetwork } from '@keywright/core';
import { type Config, run } from '@keywright/server';
import { insertProject } from '@keywright/store';
import {
  callOf,
  DATABASES,
  type DatabaseKind,
  makeAccount,
  makeKey,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { Doors, type Question, reasonOf } from './doors.ts';

type NewKey = OutputOf<'createAccessKey'>;

const HOUR_MS = 3_600_000;
const IDENTITY = ['x-key-account', 'x-key-id', 'x-key-owner', 'x-key-permission', 'x-key-project'];

/** This machine is the gateway. */
const TRUSTED = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'].map(text => parseNetwork(text) ?? assert.fail(text));

/** A server with an account, and its two verify endpoints. */
class Place implements AsyncDisposable {
  readonly server: TestApp;
  readonly account: TestAccount;
  readonly doors: Doors;
  readonly project: string;
  #isActive = true;

  private constructor(server: TestApp, account: TestAccount, project: string) {
    this.server = server;
    this.account = account;
    this.doors = new Doors(server.url);
    this.project = project;
  }

  static async make(kind: DatabaseKind, change: Partial<Config> = {}): Promise<Place> {
    const server = await startTestApp(kind, { trustedProxies: TRUSTED, ...change });
    const account = await makeAccount(server.app, 'Acme');
    const project = newId('prj', randomBytes);
    const row = { id: project, account: account.id, name: 'Shop', description: null, createdAt: server.app.now() };
    await server.app.store.transact(tx => insertProject(tx, row));
    return new Place(server, account, project);
  }

  key(input: InputOf<'createAccessKey'> = {}): Promise<NewKey> {
    return makeKey(this.server.app, this.account.callers.admin, input);
  }

  async change(name: 'deactivateAccessKey' | 'activateAccessKey' | 'deleteAccessKey', key: string): Promise<void> {
    await this.#whileActive(() => run(this.server.app, name, { key }, callOf(this.account.callers.admin)));
  }

  async switchMember(name: 'deactivateMember' | 'activateMember', member: string): Promise<void> {
    await this.#whileActive(() => run(this.server.app, name, { member }, callOf(this.account.callers.admin)));
  }

  /** Nobody can change anything in an account that is switched off. */
  async #whileActive(change: () => Promise<unknown>): Promise<void> {
    const isActive = this.#isActive;
    if (!isActive) await this.switchAccount(true);
    await change();
    if (!isActive) await this.switchAccount(false);
  }

  async switchAccount(active: boolean): Promise<void> {
    const { store, verifier } = this.server.app;
    this.#isActive = active;
    const to = { active: Number(active) };
    await store.transact(tx => tx.updateTable('accounts').set(to).where('id', '=', this.account.id).execute());
    verifier.cache.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.doors[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

for (const kind of DATABASES) {
  describe(`both verify endpoints on ${kind}`, () => {
    let place: Place;
    before(async () => {
      place = await Place.make(kind);
    });
    after(() => place[Symbol.asyncDispose]());

    test('name the reasons in their fixed order, each while all that follow hold as well', async () => {
      const { account, doors, project, server } = place;
      const at = server.clock.at;
      const owner = account.callers.member.owner.id;
      const { key, secret, token } = await place.key({
        owner,
        project,
        networks: ['192.0.2.0/24'],
        permission: 'read_only',
        notBefore: new Date(at + HOUR_MS).toISOString(),
        expiresAt: new Date(at + 2 * HOUR_MS).toISOString(),
      });
      await place.change('deactivateAccessKey', key);
      await place.switchMember('deactivateMember', owner);
      await place.switchAccount(false);
      const guessed = newSecret(parseKeyId(key) ?? assert.fail(), randomBytes).reveal();
      const asked: Question = { credential: `${key}_${secret}` };
      const steps: [reason: string | null, mend: () => unknown][] = [
        ['malformed', () => (asked.credential = `kw_${key}_${guessed}`)],
        ['unknown', () => (asked.credential = token)],
        ['inactive', () => place.change('activateAccessKey', key)],
        ['not_yet_valid', () => (server.clock.at = at + 2 * HOUR_MS)],
        ['expired', () => (server.clock.at = at + HOUR_MS)],
        ['owner_inactive', () => place.switchMember('activateMember', owner)],
        ['account_inactive', () => place.switchAccount(true)],
        ['network_not_allowed', () => (asked.address = '192.0.2.255')],
        ['project_mismatch', () => (asked.project = project)],
        ['permission_denied', () => (asked.method = 'OPTIONS')],
        [null, () => place.change('deactivateAccessKey', key)],
        ['inactive', () => place.change('deleteAccessKey', key)],
        ['unknown', () => {}],
      ];
      for (const [reason, mend] of steps) {
        assert.equal(await doors.ask(asked), reason);
        await mend();
      }
    });

    test('a key of a project works there only, every other key nowhere but at the root', async () => {
      const { doors, project } = place;
      const other = newId('prj', randomBytes);
      const table: [NewKey, (string | null)[]][] = [
        [await place.key({ project }), ['project_mismatch', null, 'project_mismatch']],
        [await place.key(), [null, 'project_mismatch', 'project_mismatch']],
      ];
      for (const [{ token }, expected] of table) {
        const reasons = [];
        for (const at of [undefined, project, other]) reasons.push(await doors.ask({ credential: token, project: at }));
        assert.deepEqual(reasons, expected);
      }
    });

    test('forward-auth answers GET and HEAD alike, with every identity header and nothing more', async () => {
      const { doors, project, account } = place;
      const bare = await place.key({ owner: account.serviceAccount, permission: 'read_only' });
      const bound = await place.key({ project });
      const forged = IDENTITY.map(name => [name, 'forged'] as const);
      const table: [NewKey, string, string[]][] = [
        [bare, '/v1/auth', [account.id, bare.key, account.serviceAccount, 'read_only', '']],
        [
          bound,
          `/v1/projects/${project}/auth`,
          [account.id, bound.key, account.callers.admin.owner.id, 'read_write', project],
        ],
      ];
      for (const [{ token }, path, values] of table) {
        for (const method of ['GET', 'HEAD']) {
          const headers = [['x-api-key', token], ['x-forwarded-method', 'GET'], ...forged] as const;
          const answer = await doors.get(path, headers, method);
          assert.equal(answer.status, 204);
          assert.deepEqual(
            Object.keys(answer.headers).sort(),
            ['connection', 'date', 'keep-alive', ...IDENTITY].sort(),
          );
          assert.deepEqual(
            IDENTITY.map(name => answer.headers[name]),
            values,
          );
        }
      }
    });

    test('a refusal has no identity header, and says what is missing', async () => {
      const { token } = await place.key({ permission: 'read_only', name: 'Reader' });
      const answer = await place.doors.get('/v1/auth', [
        ['authorization', `Bearer ${token}`],
        ['x-forwarded-method', 'POST'],
      ]);
      assert.equal(reasonOf(answer), 'permission_denied');
      assert.match(JSON.parse(answer.body).detail, /read_write/);
      assert.deepEqual(
        Object.keys(answer.headers).filter(name => IDENTITY.includes(name)),
        [],
      );
      assert.equal(answer.headers['cache-control'], 'no-store');
      const head = await place.doors.get(
        '/v1/auth',
        [
          ['x-forwarded-method', 'POST'],
          ['x-api-key', token],
        ],
        'HEAD',
      );
      assert.deepEqual([head.status, head.headers['x-key-reason'], head.body], [403, 'permission_denied', '']);
    });

    test('every carrier is as good as the others, and two are too many', async () => {
      const { key, secret, token } = await place.key();
      const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
      const good: [string, string][][] = [
        [['authorization', basic(`${key}:${secret}`)]],
        [['authorization', basic(`${token}:`)]],
        [['authorization', `Bearer ${token}`]],
        [['Authorization', `bearer ${token}`]],
        [['X-API-Key', token]],
        [['x-api-key', token.replace(key, key.toLowerCase())]],
      ];
      const bad: [string, string][][] = [
        [],
        [
          ['authorization', `Bearer ${token}`],
          ['x-api-key', token],
        ],
        [
          ['authorization', `Bearer ${token}`],
          ['authorization', `Bearer ${token}`],
        ],
        [
          ['x-api-key', token],
          ['x-api-key', token],
        ],
        [['x-api-key', `${key}:${secret}`]],
        [['authorization', token]],
        [['authorization', basic(`${key}:`)]],
        [['authorization', basic(`:${token}`)]],
        [['authorization', basic(token)]],
        [['cookie', `token=${token}`]],
      ];
      for (const headers of good)
        assert.equal(reasonOf(await place.doors.get('/v1/auth', headers)), null, String(headers));
      for (const headers of bad)
        assert.equal(reasonOf(await place.doors.get('/v1/auth', headers)), 'malformed', String(headers));
    });

    test('no query parameter decides anything', async () => {
      const { doors, project } = place;
      const { key, secret, token } = await place.key({ project, permission: 'read_only' });
      const query = `?project=${project}&method=GET&key=${key}&secret=${secret}&token=${token}&X-Forwarded-Method=GET&allowed=true`;
      const carried = [
        ['x-api-key', token],
        ['x-forwarded-method', 'GET'],
      ] as const;
      const table: [string, readonly (readonly [string, string])[], string | null][] = [
        [`/v1/auth${query}`, [], 'malformed'],
        [`/v1/auth${query}`, carried, 'project_mismatch'],
        [`/v1/projects/${project}/auth${query}`, [['x-api-key', token]], 'permission_denied'],
        [`/v1/projects/${project}/auth?method=DELETE&project=`, carried, null],
      ];
      for (const [path, headers, reason] of table) assert.equal(reasonOf(await doors.get(path, headers)), reason, path);
    });

    test('JSON takes a hundred at once, and not one more', async () => {
      const { token } = await place.key();
      const ask = async (count: number) => {
        const items = Array.from({ length: count }, (_, n) => ({ credential: n % 2 === 0 ? token : 'kw_nobody' }));
        const body = JSON.stringify({ items });
        return fetch(`${place.server.url}/v1/verify`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
      };
      const full: { items: { reason: string | null }[] } = await (await ask(limits.verifyItemsMax)).json();
      assert.deepEqual(
        full.items.map(({ reason }) => reason),
        Array(50).fill([null, 'malformed']).flat(),
      );
      const over = await ask(limits.verifyItemsMax + 1);
      assert.equal(over.status, 422);
      assert.equal((await over.json()).errors[0].field, 'items');
    });
  });
}

describe('what the configuration decides', () => {
  test('only the header family that it names counts', async () => {
    for (const counted of ['x-forwarded', 'x-original'] as const) {
      await using place = await Place.make('sqlite', { forwardedHeaders: counted });
      const { token } = await place.key({ permission: 'read_only' });
      const other = counted === 'x-forwarded' ? 'x-original' : 'x-forwarded';
      const table: [Record<string, string>, string | null][] = [
        [{ [`${counted}-method`]: 'GET' }, null],
        [{ [`${counted}-method`]: 'POST' }, 'permission_denied'],
        [{ [`${counted}-method`]: 'get' }, 'permission_denied'],
        [{ [`${other}-method`]: 'GET' }, 'permission_denied'],
        [{ [`${counted}-method`]: 'DELETE', [`${other}-method`]: 'GET' }, 'permission_denied'],
        [{ [`${counted}-method`]: 'GET', [`${other}-method`]: 'DELETE' }, null],
        [{}, 'permission_denied'],
      ];
      for (const [headers, reason] of table) {
        const answer = await place.doors.get('/v1/auth', [['x-api-key', token], ...Object.entries(headers)]);
        assert.equal(reasonOf(answer), reason, JSON.stringify({ counted, ...headers }));
      }
    }
  });

  test('403 stands in for 429 where a gateway can not pass it on', async t => {
    for (const rateLimitStatus of [429, 403] as const) {
      await using place = await Place.make('sqlite', { rateLimitStatus });
      const { token } = await place.key();
      // Nothing limits a rate yet: the decision is put in the place of the real one, and only its answer is looked at.
      t.mock.method(place.server.app.verifier, 'verify', () => ({ allowed: false, reason: 'rate_limited' }));
      const { status, headers, body } = await place.doors.get('/v1/auth', [['x-api-key', token]]);
      assert.deepEqual([status, headers['x-key-reason']], [rateLimitStatus, 'rate_limited']);
      const problem = JSON.parse(body);
      assert.deepEqual([problem.status, problem.code], [rateLimitStatus, 'rate_limited']);
    }
  });

  /** It lies in no network, and not in those of the proxies either. */
  const NOWHERE = '';
  const FROM_OUTSIDE: [forwardedFor: string[], client: string][] = [
    [[], '127.0.0.1'],
    [['192.0.2.7'], '192.0.2.7'],
    [['198.51.100.9, 192.0.2.7'], '192.0.2.7'],
    [['192.0.2.7, 198.51.100.9'], '198.51.100.9'],
    [['192.0.2.7, 10.1.2.3'], '192.0.2.7'],
    [['198.51.100.9, 192.0.2.7, 10.1.2.3, 10.0.0.1'], '192.0.2.7'],
    [['192.0.2.7', '10.1.2.3'], '192.0.2.7'],
    [['192.0.2.7', '198.51.100.9'], '198.51.100.9'],
    [['::ffff:192.0.2.7'], '192.0.2.7'],
    [['192.0.2.7, fd00::1'], '192.0.2.7'],
    [['192.0.2.7, fd00::1, 10.0.0.1:80'], '192.0.2.7'],
    [['198.51.100.9, 192.0.2.7:4711'], '192.0.2.7'],
    [['[2001:db8::7]:4711, [fd00::1]'], '2001:db8::7'],
    [['192.0.2.7, unknown'], NOWHERE],
    [['192.0.2.7, 192.0.2.8:http'], NOWHERE],
    [['192.0.2.7, [unknown]:80, 10.1.2.3'], NOWHERE],
    [['192.0.2.7,'], NOWHERE],
    [['10.1.2.3'], '10.1.2.3'],
  ];

  test('the address of the client comes from trusted hops only', async () => {
    await using trusting = await Place.make('sqlite');
    await using wary = await Place.make('sqlite', { trustedProxies: [] });
    for (const [lines, client] of FROM_OUTSIDE) {
      const forwarded = lines.map(line => ['x-forwarded-for', line] as const);
      const cases = [
        [trusting, client],
        [wary, '127.0.0.1'],
      ] as const;
      for (const [place, address] of cases) {
        const { token } = await place.key({ networks: address === NOWHERE ? [] : [address] });
        const proxies = address === NOWHERE ? TRUSTED.map(({ text }) => text) : [];
        const elsewhere = await place.key({ networks: ['203.0.113.0/24', ...proxies] });
        const ask = async (credential: string) =>
          reasonOf(await place.doors.get('/v1/auth', [['x-api-key', credential], ...forwarded]));
        assert.deepEqual([await ask(token), await ask(elsewhere.token)], [null, 'network_not_allowed'], String(lines));
      }
    }
  });
});
