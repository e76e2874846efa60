import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { newId } from '@keywright/core';
import {
  deleteOwner,
  deletePersonWithoutMembership,
  deleteSessions,
  findPersonByEmail,
  getPasswordHash,
  hasSession,
  insertMember,
  insertPerson,
  listMembers,
  listSessions,
  membersOfPerson,
  renamePerson,
  type Store,
  setPasswordHash,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, NASTY_TEXTS, openedForSuite } from './stores.ts';

for (const name of DATABASES) {
  describe(`people on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are found by their e-mail address, which is theirs alone', async () => {
      const { store } = opened;
      const ada = await makePerson(store);
      assert.equal(await findPersonByEmail(store.db, ada.email), ada.id);
      assert.equal(await findPersonByEmail(store.db, 'nobody@acme.example'), undefined);
      await assert.rejects(makePerson(store, ada.email), /unique/i);
    });

    test('have a password hash of their own, which can be replaced', async () => {
      const { store } = opened;
      const [ada, bob] = [await makePerson(store), await makePerson(store)];
      await store.transact(tx => setPasswordHash(tx, ada.id, 'new hash'));
      assert.equal(await getPasswordHash(store.db, ada.id), 'new hash');
      assert.equal(await getPasswordHash(store.db, bob.id), 'a hash');
      assert.equal(await getPasswordHash(store.db, 'per_nobody'), null);
    });

    test('are renamed in all their accounts, and stay findable by name and e-mail address', async () => {
      const { store } = opened;
      const ada = await makePerson(store);
      const accounts = [(await makeAccount(store)).account, (await makeAccount(store)).account];
      for (const [index, account] of accounts.entries()) await join(store, account, ada, AT + index);
      for (const name of NASTY_TEXTS) {
        await store.transact(tx => renamePerson(tx, ada.id, name));
        const members = await membersOfPerson(store.db, ada.id);
        assert.deepEqual(
          members.map(member => [member.account, member.name]),
          accounts.map(account => [account, name]),
        );
        for (const text of [name, ada.email]) {
          const page = await listMembers(store.db, accounts[0] ?? '', { text, sort: 'name', limit: 10 });
          assert.equal(page.items.length, 1);
        }
      }
    });

    test('stay as long as they are members anywhere, then go with sign-in and sessions', async () => {
      const { store } = opened;
      const ada = await makePerson(store);
      const { account } = await makeAccount(store);
      const member = await join(store, account, ada, AT);
      await makeSession(store, ada.id, AT);
      const leave = () => store.transact(tx => deletePersonWithoutMembership(tx, ada.id));
      await leave();
      assert.equal(await findPersonByEmail(store.db, ada.email), ada.id);
      await store.transact(tx => deleteOwner(tx, member));
      assert.deepEqual(await membersOfPerson(store.db, ada.id), []);
      await leave();
      assert.equal(await findPersonByEmail(store.db, ada.email), undefined);
      assert.equal(await getPasswordHash(store.db, ada.id), null);
      assert.deepEqual(await listSessions(store.db, ada.id, AT), []);
    });
  });

  describe(`sessions on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are listed newest first, without those that have expired', async () => {
      const { store } = opened;
      const [ada, bob] = [await makePerson(store), await makePerson(store)];
      await makeSession(store, bob.id, AT);
      const ids = [await makeSession(store, ada.id, AT), await makeSession(store, ada.id, AT + 1)];
      const at = (time: number) => listSessions(store.db, ada.id, time).then(list => list.map(session => session.id));
      assert.deepEqual(await at(AT), ids.toReversed());
      assert.deepEqual(await at(AT + HOUR_MS), [ids[1]]);
      assert.deepEqual(await at(AT + HOUR_MS + 1), []);
      const [session] = await listSessions(store.db, ada.id, AT);
      const createdAt = new Date(AT + 1).toISOString();
      assert.deepEqual(
        { ...session },
        {
          id: ids[1],
          createdAt,
          updatedAt: createdAt,
          expiresAt: new Date(AT + 1 + HOUR_MS).toISOString(),
          ipAddress: '::1',
          userAgent: 'Mozilla 😀',
        },
      );
    });

    test('end one, all but one, or all: only those of the person', async () => {
      const { store } = opened;
      const [ada, bob] = [await makePerson(store), await makePerson(store)];
      const [foreign, a, b, c] = [
        await makeSession(store, bob.id, AT),
        await makeSession(store, ada.id, AT),
        await makeSession(store, ada.id, AT + 1),
        await makeSession(store, ada.id, AT + 2),
      ];
      const endOne = (only: string) => end({ only });
      const end = (which: object) => store.transact(tx => deleteSessions(tx, ada.id, which));
      const left = () => listSessions(store.db, ada.id, AT).then(list => list.map(session => session.id));
      assert.equal(await endOne(foreign), 0);
      assert.deepEqual([await hasSession(store.db, b), await hasSession(store.db, 'none')], [true, false]);
      assert.equal(await endOne(b), 1);
      assert.equal(await hasSession(store.db, b), false);
      assert.deepEqual(await left(), [c, a]);
      assert.equal(await end({ except: a }), 1);
      assert.deepEqual(await left(), [a]);
      await makeSession(store, ada.id, AT);
      assert.equal(await end({}), 2);
      assert.deepEqual(await left(), []);
      assert.equal((await listSessions(store.db, bob.id, AT)).length, 1);
    });
  });
}

const HOUR_MS = 3_600_000;

async function makePerson(store: Store, email?: string) {
  const id = newId('per', randomBytes);
  const person = { id, name: 'Ada', email: email ?? `${id}@acme.example`, passwordHash: 'a hash', at: AT };
  await store.transact(tx => insertPerson(tx, person));
  return person;
}

async function join(store: Store, account: string, person: { id: string; email: string }, createdAt: number) {
  const id = newId('mem', randomBytes);
  const member = {
    id,
    account,
    person: person.id,
    name: 'Ada',
    email: person.email,
    role: 'member',
    createdAt,
  } as const;
  await store.transact(tx => insertMember(tx, member));
  return id;
}

/** As better-auth writes it. */
async function makeSession(store: Store, person: string, at: number): Promise<string> {
  const id = newId('ses', randomBytes);
  const createdAt = new Date(at).toISOString();
  const expiresAt = new Date(at + HOUR_MS).toISOString();
  const shown = { ipAddress: '::1', userAgent: 'Mozilla 😀' };
  const session = { id, userId: person, token: `token of ${id}`, createdAt, updatedAt: createdAt, expiresAt, ...shown };
  await store.transact(tx => tx.insertInto('sessions').values(session).execute());
  return id;
}
