import assert from 'node:assert/strict';
import { argon2Sync, createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { after, before, describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { hash as bcrypt } from 'bcryptjs';
import type { KyselyPlugin } from 'kysely';
import { LegacyKeys } from '../../packages/server/src/legacy/legacy-keys.ts';
import { DATABASES } from '../support/app.ts';
import { type Act, actingAll, refusal } from './acting.ts';
import { makeWorld, type World } from './world.ts';

type Import = InputOf<'importAccessKeys'>;

const sha = (algorithm: string, text: string) => createHash(algorithm).update(text).digest();
/** Secrets as other systems make them: of any form but ours. */
const foreign = (prefix: string) => prefix + randomBytes(18).toString('hex');

for (const kind of DATABASES) {
  describe(`keys of other systems on ${kind}`, () => {
    let world: World;
    let act: Act;
    let owner: string;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home).admin;
      owner = world.home.serviceAccount;
    });
    after(() => world[Symbol.asyncDispose]());

    const importing = (rows: Import['rows'], scheme: Import['scheme'] = {}) =>
      act('importAccessKeys', { rows, scheme });
    async function reasonOf(credential: string, method = 'POST'): Promise<string | null> {
      const decision = await act('verify', { credential, method });
      assert.ok('allowed' in decision);
      return decision.allowed ? 'allowed' : decision.reason;
    }
    /** Imports one key and checks that its text, and no other, is let through from then on. */
    async function works(text: string, row: Record<string, unknown>, scheme: Import['scheme'] = {}): Promise<void> {
      assert.deepEqual(await importing([{ owner, ...row }], scheme), { imported: 1, existing: 0, refused: [] });
      for (let time = 0; time < 3; time++) assert.equal(await reasonOf(text), 'allowed');
      assert.equal(await reasonOf(`${text}:`), 'allowed', 'the user of Basic, and an empty password');
      for (const wrong of [`${text}x`, text.slice(0, -1), text.toUpperCase(), `x${text}`]) {
        assert.equal(await reasonOf(wrong), 'unknown', wrong);
      }
      assert.deepEqual(await importing([{ owner, ...row }], scheme), { imported: 0, existing: 1, refused: [] });
      assert.equal(await reasonOf(text), 'allowed');
    }

    test('a foreign text is malformed as long as no key was imported', async () => {
      assert.equal(await reasonOf(foreign('sk_live_')), 'malformed');
    });

    test('by plain secret', async () => {
      const secret = foreign('sk_live_');
      await works(secret, { secret, name: 'From the old shop' });
    });

    test('one that ends like the user of Basic with an empty password', async () => {
      const secret = `${foreign('colon-')}:`;
      await works(secret, { secret });
      const [id, own] = [foreign('id'), `${foreign('')}:`];
      const hash = sha('sha256', `a$lt${own}`).toString('hex');
      await works(`${id}:${own}`, { id, salt: 'a$lt', hash }, { algorithm: 'sha256', saltAt: 'before' });
    });

    for (const algorithm of ['sha256', 'sha512'] as const) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        test(`by ${algorithm} in ${encoding}`, async () => {
          const secret = foreign('x-');
          await works(secret, { hash: sha(algorithm, secret).toString(encoding) }, { algorithm });
        });
      }
      test(`by ${algorithm} of what stands behind a prefix`, async () => {
        const secret = foreign('');
        await works(`pfx_${secret}`, { hash: sha(algorithm, secret).toString('hex') }, { algorithm, prefix: 'pfx_' });
      });
      for (const saltAt of ['before', 'after'] as const) {
        test(`by ${algorithm} with one salt ${saltAt}`, async () => {
          const secret = foreign('y-');
          const salted = saltAt === 'before' ? `pepper${secret}` : `${secret}pepper`;
          await works(secret, { hash: sha(algorithm, salted).toString('hex') }, { algorithm, salt: 'pepper', saltAt });
        });
        test(`by ${algorithm} with a salt of its own ${saltAt}`, async () => {
          const [id, secret, salt] = [foreign('id'), foreign(''), 'a$lt'];
          const salted = saltAt === 'before' ? salt + secret : secret + salt;
          const hash = sha(algorithm, salted).toString('base64');
          await works(`${id}.${secret}`, { id, salt, hash }, { algorithm, saltAt });
        });
      }
    }

    test('by bcrypt, upgraded at first use', async () => {
      const [id, secret] = [foreign('ak'), foreign('')];
      await works(`${id}_${secret}`, { id, hash: await bcrypt(secret, 5) }, { algorithm: 'bcrypt', separator: '_' });
      const kept = await world.app.store.db.selectFrom('legacy_secrets').select('hash').execute();
      assert.ok(kept.every(({ hash }) => !hash.startsWith('$2')));
    });

    test('wrong secrets of an id with bcrypt do not hold up the process', async () => {
      const id = foreign('slow');
      const hash = await bcrypt(foreign(''), 11);
      await importing([{ owner, id, hash }], { algorithm: 'bcrypt', separator: '_' });
      const before = performance.eventLoopUtilization();
      const reasons = await Promise.all(Array.from({ length: 4 }, () => reasonOf(`${id}_${foreign('')}`)));
      const { utilization } = performance.eventLoopUtilization(before);
      assert.deepEqual(new Set(reasons), new Set(['unknown']));
      assert.ok(utilization < 0.5, `busy for ${utilization} of the time`);
    });

    test('a key that is deleted while its slow hash is computed is unknown', async () => {
      const [id, secret] = [foreign('gone'), foreign('')];
      const row = { owner, id, hash: await bcrypt(secret, 12), name: id };
      await importing([row], { algorithm: 'bcrypt', separator: '_' });
      const key = (await act('listAccessKeys', { text: id })).items[0]?.key ?? '';
      const text = `${id}_${secret}`;
      const reason = reasonOf(text);
      await act('deactivateAccessKey', { key });
      await act('deleteAccessKey', { key });
      assert.equal(await reason, 'unknown');
      assert.equal(await reasonOf(text), 'unknown');
    });

    test('slow hashes of one account leave turns to those of others', async () => {
      const other = actingAll(world.app, world.foreign).owner;
      const [id, secret] = [foreign('busy'), foreign('')];
      const hash = await bcrypt(secret, 11);
      const scheme = { algorithm: 'bcrypt', separator: '_' } as const;
      await importing([{ owner, id, hash }], scheme);
      await other('importAccessKeys', { rows: [{ owner: world.foreign.serviceAccount, id: `${id}-b`, hash }], scheme });
      const wrong = Array.from({ length: limits.slowHashesAtOnceMax }, () => reasonOf(`${id}_${foreign('')}`));
      const theirs = reasonOf(`${id}-b_${secret}`);
      const settled = await Promise.allSettled(wrong);
      const refused = settled.flatMap(one => (one.status === 'rejected' ? [one.reason.code] : []));
      assert.deepEqual(
        refused,
        refused.map(() => 'unavailable'),
      );
      assert.equal(refused.length, limits.slowHashesAtOnceMax - limits.slowHashesPerAccountMax);
      assert.equal(await theirs, 'allowed');
    });

    test('what slow hashes become is known to all processes before the first use', async () => {
      await using fresh = await makeWorld(kind);
      const { admin } = actingAll(fresh.app, fresh.home);
      const rows = [{ owner: fresh.home.serviceAccount, id: foreign('known'), hash: await bcrypt(foreign(''), 4) }];
      assert.equal((await admin('importAccessKeys', { rows, scheme: { algorithm: 'bcrypt' } })).imported, 1);
      const schemes = await fresh.app.store.db.selectFrom('legacy_schemes').select('scheme').execute();
      const kept = schemes.map(({ scheme }) => JSON.parse(scheme));
      assert.deepEqual(kept.map(({ algorithm, byId }) => `${algorithm} ${byId}`).sort(), [
        'bcrypt true',
        'sha256 false',
      ]);
    });

    test('one that another process upgrades between two look-ups is found', async () => {
      await using fresh = await makeWorld(kind);
      const { admin } = actingAll(fresh.app, fresh.home);
      const [id, secret] = [foreign('race'), foreign('')];
      const rows = [{ owner: fresh.home.serviceAccount, id, hash: await bcrypt(secret, 4), name: id }];
      await admin('importAccessKeys', { rows, scheme: { algorithm: 'bcrypt' } });
      const text = `${id}.${secret}`;
      const turns = [() => admin('verify', { credential: text, method: 'POST' })];
      const { store } = fresh.app;
      const between: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (result.rows.length === 0) await turns.pop()?.();
          return result;
        },
      };
      const slower = new LegacyKeys({ ...store, db: store.db.withPlugin(between) });
      await slower.load();
      const [key] = (await admin('listAccessKeys', { text: id })).items;
      assert.deepEqual([await slower.find(text), turns.length], [key?.key, 0]);
      assert.equal(await slower.find(`${text}x`), undefined);
    });

    test('by argon2, also as id:secret', async () => {
      const [id, secret] = [foreign('ar'), foreign('')];
      const nonce = randomBytes(16);
      const tag = argon2Sync('argon2id', {
        message: secret,
        nonce,
        parallelism: 1,
        tagLength: 32,
        memory: 64,
        passes: 2,
      });
      const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
      const hash = `$argon2id$v=19$m=64,t=2,p=1$${base64(nonce)}$${base64(tag)}`;
      await works(`${id}:${secret}`, { id, hash }, { algorithm: 'argon2' });
      assert.equal(await reasonOf(`${id}.${secret}`), 'allowed', 'the other spelling');
    });

    test('keeps what is known of a key, marks it, and obeys its state at once', async () => {
      const secret = foreign('kept_');
      const row = { owner, secret, name: 'Old', description: 'From elsewhere', permission: 'read_only', tags: ['old'] };
      await importing([{ ...row, createdAt: '2020-01-31T12:00:00Z', project: world.home.project }]);
      const key = (await act('listAccessKeys', { text: 'From elsewhere' })).items[0];
      assert.ok(key);
      assert.deepEqual(
        [key.legacy, key.name, key.permission, key.tags, key.createdAt, key.project],
        [true, 'Old', 'read_only', ['old'], '2020-01-31T12:00:00.000Z', world.home.project],
      );
      const [event] = (await act('listEvents', { action: 'importAccessKeys', limit: 1 })).items;
      assert.deepEqual(event?.target, { kind: 'account', id: world.home.id, name: 'Home' });
      assert.equal(await reasonOf(secret, 'GET'), 'project_mismatch');
      await act('deactivateAccessKey', { key: key.key });
      assert.equal(await reasonOf(secret, 'GET'), 'inactive');
      await act('deleteAccessKey', { key: key.key });
      assert.equal(await reasonOf(secret, 'GET'), 'unknown');
    });

    test('a member is found by e-mail address', async () => {
      const secret = foreign('mail_');
      const email = (await act('listMembers', { role: 'member' })).items[0]?.email;
      assert.ok(email);
      await works(secret, { secret, owner: email.toUpperCase() });
    });

    test('each refused line is named, and the others are imported', async () => {
      const good = foreign('good_');
      const { key, secret } = await act('createAccessKey', { owner });
      const rows: Import['rows'] = [
        { owner, secret: good },
        { owner, secret: good },
        { owner },
        { owner, secret: good, hash: 'x' },
        { owner, secret: 'short' },
        { owner: 'nobody@example.com', secret: foreign('a_') },
        { owner: world.foreign.serviceAccount, secret: foreign('a_') },
        { owner, secret: foreign('a_'), project: world.foreign.project },
        { owner, hash: 'abc' },
        { owner, secret: foreign('a_'), permission: 'restricted' },
        { owner, secret: foreign('a_'), surprise: 1 },
        { owner, secret: `kw_${key}_${secret}` },
        { owner, secret: `${key}:${secret}` },
      ];
      const answer = await importing(rows);
      assert.deepEqual([answer.imported, answer.existing], [1, 1]);
      assert.deepEqual(
        answer.refused.map(({ row, field }) => [row, field]),
        [
          [2, 'secret'],
          [3, 'secret'],
          [4, 'secret'],
          [5, 'owner'],
          [6, 'owner'],
          [7, 'project'],
          [8, 'hash'],
          [9, 'permission'],
          [10, 'surprise'],
          [11, 'secret'],
          [12, 'secret'],
        ],
      );
      assert.ok(!JSON.stringify(answer).includes(secret));
    });

    test('a secret that another account has is refused, and stays theirs', async () => {
      const secret = foreign('both_');
      await importing([{ owner, secret }]);
      const other = actingAll(world.app, world.foreign).owner;
      const answer = await other('importAccessKeys', { rows: [{ owner: world.foreign.serviceAccount, secret }] });
      assert.deepEqual([answer.imported, answer.refused.length], [0, 1]);
      assert.equal(await reasonOf(secret), 'allowed');
    });

    test('two accounts can have keys of the same id, which tell nothing of each other', async () => {
      const [id, secret, theirs] = [foreign('same'), foreign(''), foreign('')];
      const salted = (text: string) => ({ id, salt: 's', hash: sha('sha256', `s${text}`).toString('hex') });
      const other = actingAll(world.app, world.foreign).owner;
      const rows = [{ owner: world.foreign.serviceAccount, ...salted(theirs) }];
      assert.equal((await other('importAccessKeys', { rows })).imported, 1);
      await works(`${id}.${secret}`, salted(secret));
      assert.equal(await reasonOf(`${id}.${theirs}`), 'allowed');
    });

    test('a member, and too many ways of keeping hashes, are refused', async () => {
      const { member } = actingAll(world.app, world.home);
      const rows = [{ owner, secret: foreign('m_') }];
      await refusal(member('importAccessKeys', { rows }), 'forbidden');
      const many = async () => {
        for (let n = 0; n < 20; n++) {
          const hash = sha('sha256', foreign('')).toString('hex');
          await importing([{ owner, hash }], { salt: `salt ${n}` });
        }
      };
      await refusal(many(), 'invalid_value', 'scheme');
    });
  });
}
