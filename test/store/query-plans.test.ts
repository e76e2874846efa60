import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { type KeyId, NO_USE_LIMITS } from '@keywright/core';
import * as store from '@keywright/store';
import { type Demand, stepsOf } from './plans.ts';
import { AT, DATABASES, makeAccount, openedForSuite, plainEvent, plainKey } from './stores.ts';

const HERE = { account: 'acc_a', owner: undefined, project: undefined };
const OF_ADA = { ...HERE, owner: 'mem_ada' };
const KEY = 'KWAAAAAAAAAAAAAAAAAA' as KeyId; // a key id's form, which is all that is looked at here
const BYTES = new Uint8Array(32);
const PAGE = { sort: 'createdAt', limit: 50 };
const AGE = ['createdAt', '-createdAt'];
const NAME_AND_AGE = ['name', '-name', ...AGE];
const MANAGER = [{ account: 'acc_a', manages: true }];

interface ListPage {
  sort: string;
  limit: number;
  cursor?: string;
}

/** Each list in the orders that an index gives, with that index where there are several. */
const LISTS: [title: string, sorts: string[], list: (db: store.Db, page: ListPage) => Promise<unknown>, by?: string][] =
  [
    ['keys', [...NAME_AND_AGE, 'lastUsed', '-lastUsed'], (db, page) => store.listAccessKeys(db, HERE, page, AT)],
    ['keys of an owner', AGE, (db, page) => store.listAccessKeys(db, OF_ADA, page, AT), 'by_owner'],
    [
      'keys of a project',
      NAME_AND_AGE,
      (db, page) => store.listAccessKeys(db, { ...HERE, project: 'prj_a' }, page, AT),
      'by_project',
    ],
    ['ids of keys', ['createdAt'], (db, page) => store.listKeyIds(db, HERE, page), 'by_age'],
    [
      'ids of keys of a project',
      ['createdAt'],
      (db, page) => store.listKeyIds(db, { ...HERE, project: 'prj_a' }, page),
      'by_project',
    ],
    ['members', NAME_AND_AGE, (db, page) => store.listMembers(db, 'acc_a', page)],
    ['service accounts', NAME_AND_AGE, (db, page) => store.listServiceAccounts(db, 'acc_a', page)],
    ['projects', NAME_AND_AGE, (db, page) => store.listProjects(db, 'acc_a', page)],
    ['APIs', NAME_AND_AGE, (db, page) => store.listApis(db, HERE, page)],
    ['endpoints', ['path'], (db, page) => store.listEndpoints(db, 'api_a', page)],
    ['events', ['seq'], (db, page) => store.listEvents(db, 'acc_a', page)],
    ['events of an action', ['seq'], (db, page) => events(db, { ...page, action: 'signIn' }), 'by_action'],
    ['events of a target', ['seq'], (db, page) => events(db, { ...page, target: KEY }), 'by_target'],
    ['events of an actor', ['seq'], (db, page) => events(db, { ...page, actor: 'mem_ada' }), 'by_actor'],
    ['events of a time', ['at'], (db, page) => events(db, { ...page, since: 0, until: AT }), 'by_time'],
  ];

const events = (db: store.Db, filter: store.EventFilter) => store.listEvents(db, 'acc_a', filter);

/** Where a further page begins: the value of the column and the id. Null where there may be none. */
const POSITIONS: Record<string, [value: string | number | null, id: string | number][]> = {
  name: [['deploy', 'x']],
  createdAt: [[AT, 'x']],
  lastUsed: [
    [AT, 'x'],
    [null, 'x'],
  ],
  path: [['/a', 'x']],
  seq: [[7, 'acc_a']],
  at: [[AT, 7]],
};

type Query = (db: store.Db) => Promise<unknown>;

/** What is found and sorted afterwards, or by one index among several: each with the indexes that it must use. */
const SEARCHES: [title: string, query: Query, ...by: string[]][] = [
  ['keys by text', db => store.listAccessKeys(db, HERE, { ...PAGE, text: 'a' }, AT), 'access_keys_by_search'],
  ['keys by state', db => store.listAccessKeys(db, HERE, { ...PAGE, state: 'expired' }, AT)],
  ['unused keys', db => store.listAccessKeys(db, HERE, { ...PAGE, unusedSince: AT }, AT)],
  ['keys by owner', db => store.listAccessKeys(db, HERE, { ...PAGE, owner: 'mem_ada' }, AT), 'access_keys_by_owner'],
  ['members by text', db => store.listMembers(db, 'acc_a', { ...PAGE, text: 'a' })],
  ['invited members', db => store.listMembers(db, 'acc_a', { ...PAGE, state: 'invited', role: 'admin' })],
  ['service accounts by text', db => store.listServiceAccounts(db, 'acc_a', { ...PAGE, text: 'a' })],
  ['projects by text', db => store.listProjects(db, 'acc_a', { ...PAGE, text: 'a', archived: false })],
  ['APIs by text', db => store.listApis(db, { ...HERE, project: 'prj_a' }, { ...PAGE, text: 'a' })],
  ['endpoints by text', db => store.listEndpoints(db, 'api_a', { limit: 9, text: 'a', tag: 't', reads: true })],
  ['accounts', db => store.listReachedAccounts(db, MANAGER, { ...PAGE, text: 'a' })],
  ['own events', db => events(db, { limit: 9, own: 'mem_a' }), 'by_owner', 'by_actor', 'by_target'],
  ['own events of a time', db => events(db, { limit: 9, own: 'mem_a', since: 0 })],
  ['the newest events of keys', db => store.latestEventsOf(db, 'acc_a', [KEY, 'b'], { limit: 9 }), 'by_target'],
  ['the newest own events of keys', db => store.latestEventsOf(db, 'acc_a', [KEY], { own: 'mem_a', limit: 9 })],
  ['the newest keys of owners', db => store.newestKeysOf(db, HERE, 'owner_id', ['mem_a', 'b'], 9), 'by_owner'],
  ['the newest keys of projects', db => store.newestKeysOf(db, HERE, 'project_id', ['a', 'b'], 9), 'by_project'],
  ['keys granted an API', db => store.keysGranted(db, 'acc_a', 'api_a'), 'granted_apis_by_api'],
  ['a key', db => store.getAccessKey(db, HERE, KEY)],
  ['all keys of an owner', db => store.keysOfOwner(db, 'acc_a', 'mem_a')],
  ['how many keys an owner has', db => store.countKeysOf(db, 'mem_a', 'prj_a')],
  ['the days of a key', db => store.usedDaysOf(db, KEY, 0)],
  ['an owner', db => store.findOwner(db, 'acc_a', 'mem_a')],
  ['the limits of an owner', db => store.getOwnerLimits(db, 'acc_a', 'mem_a')],
  ['how far a quota is used up', db => store.usedQuota(db, QUOTA)],
  ['a reservation', db => store.getReservation(db, 'rsv_a')],
  ['the account of an owner', db => store.accountOfOwner(db, 'mem_a')],
  ['owners by names', db => store.findOwnerIds(db, 'acc_a', ['mem_a', 'ada@acme.example'])],
  ['owners by ids', db => store.ownersById(db, 'acc_a', ['mem_a', 'b'])],
  ['owners in roles', db => store.ownersInRoles(db, 'acc_a', ['admin', 'owner'], 9)],
  ['who is an owner', db => store.idsOfOwners(db, 'acc_a')],
  ['how many owners are active', db => store.countActiveOwners(db, 'acc_a')],
  ['administrators', db => store.administratorEmails(db, 'acc_a', 9)],
  ['a member', db => store.getMember(db, 'acc_a', 'mem_a')],
  ['members by ids', db => store.getMembers(db, 'acc_a', ['mem_a', 'b'])],
  ['a member by e-mail address', db => store.findMemberByEmail(db, 'acc_a', 'ada@acme.example')],
  ['the members that are a person', db => store.membersOfPerson(db, 'per_a')],
  ['the memberships of a person', db => store.membershipsOf(db, 'per_a')],
  ['an invitation', db => store.findInvitation(db, BYTES, AT)],
  ['a person', db => store.findPersonByEmail(db, 'ada@acme.example')],
  ['a password', db => store.getPasswordHash(db, 'per_a')],
  ['sessions', db => store.listSessions(db, 'per_a', AT)],
  ['a session', db => store.hasSession(db, 'ses_a')],
  ['a service account', db => store.getServiceAccount(db, 'acc_a', 'sva_a')],
  ['service accounts by ids', db => store.getServiceAccounts(db, 'acc_a', ['sva_a', 'b'])],
  ['a project', db => store.getProject(db, 'acc_a', 'prj_a')],
  ['projects by ids', db => store.getProjects(db, 'acc_a', ['prj_a', 'b'])],
  ['how many projects there are', db => store.countProjects(db, 'acc_a')],
  ['all projects', db => store.listProjectIds(db, 'acc_a')],
  ['whether a project is archived', db => store.projectState(db, 'acc_a', 'prj_a')],
  ['an API', db => store.getApi(db, HERE, 'api_a')],
  ['how many APIs there are', db => store.countApis(db, 'acc_a')],
  ['APIs by ids', db => store.findApis(db, { account: 'acc_a', project: 'prj_a' }, ['api_a', 'b'])],
  ['endpoints by ids', db => store.findEndpoints(db, [{ api: 'api_a', endpoint: 'GET /' }])],
  ['all endpoints', db => store.allEndpoints(db, 'api_a')],
  ['an endpoint', db => store.getEndpoint(db, 'api_a', 'GET /')],
  ['tags', db => store.countTags(db, 'api_a')],
  ['who manages an account', db => store.managersOf(db, 'acc_a')],
  ['how many accounts are reached', db => store.countReachedAccounts(db, MANAGER)],
  ['accounts by ids', db => store.accountNames(db, ['acc_a', 'b'])],
  ['the top account', db => store.findTopAccount(db)],
  ['a chain of events', db => store.checkChain(db, 'acc_a')],
  ['what was answered', db => store.findAnswered(db, 'mem_a', BYTES)],
  ['keys that a policy governs', db => store.governedKeys(db, { ...HERE, project: 'p' }, store.FROM_THE_FIRST, 9)],
  ['idle keys', db => store.findIdleKeys(db, { account: 'acc_a', project: null }, IDLE, store.FROM_THE_FIRST, 9)],
  ['expiring keys', db => store.findExpiringKeys(db, 'acc_a', { at: AT, noticeMs: 9 }, store.FROM_THE_FIRST, 9)],
  ['projects with a rule', db => store.projectsWithIdleRule(db, 'acc_a')],
  ['keys that are due', db => store.findDueKeys(db, AT, 9), 'key_notices_by_due'],
  ['keys long unused', db => store.keysUnusedSince(db, ['KWA', 'KWB'], AT)],
  ['secrets from elsewhere', db => store.findLegacySecrets(db, '{}', BYTES)],
  ['lookups that are known', db => store.knownLookups(db, 'acc_a', [BYTES])],
  ['schemes', db => store.listLegacySchemes(db)],
  ['verifiers of before a start', db => store.allVerifiers(db)],
  ['verifiers of an account', db => store.allVerifiers(db, 'acc_a')],
  ['whether a verifier is there', db => store.hasVerifier(db, 'ver_a')],
];

const QUOTA = { subject: KEY, name: 'daily', startsAt: AT, endsAt: AT + 1 };
const IDLE = { at: AT, unusedSince: AT };

/** Asked of the whole server. */
const EVERYWHERE: [title: string, query: Query][] = [
  ['the feed', db => store.eventsAfter(db, 7)],
  ['the feed from a place on', db => store.eventsSince(db, { id: 7, hash: BYTES })],
  ['the last event', db => store.lastEventId(db)],
  ['an event as a place', db => store.lastEventUpTo(db, 7)],
  ['active accounts', db => store.activeAccountsAfter(db, 'acc_a', 9)],
  ['uses that were put by', db => store.listUseBatches(db, 0, 20)],
  ['the last of those', db => store.lastUseBatch(db)],
  ['nodes of another secret', db => store.nodesOfOtherSecret(db, 'x')],
  ['whether it is set up', db => store.isSetUp(db)],
];

interface Made {
  account: string;
  owner: string;
  key: KeyId;
}
type Change = (tx: store.Tx, made: Made) => Promise<unknown>;

/** What changes and jobs look for; what they only insert needs no index. */
const CHANGES: [title: string, change: Change, ...by: string[]][] = [
  ['an account', (tx, { account }) => store.getAccount(tx, account)],
  ['the rules of a project', (tx, { account }) => store.findKeyRules(tx, account, 'prj_a')],
  ['the end of a chain', (tx, { account }) => store.appendEvents(tx, [plainEvent(account)])],
  ['a key to update', (tx, made) => store.updateAccessKey(tx, made.key, plainKey(made))],
  ['the grants of a key', (tx, { key }) => store.updateGrants(tx, key, { api_a: 'read_only' })],
  ['a key to deactivate', tx => store.deactivateKey(tx, KEY)],
  ['a key to delete', tx => store.deleteAccessKey(tx, KEY)],
  ['a verifier to forget', tx => store.deleteVerifier(tx, { id: 'ver_a', connectedAt: 1 })],
  ['a silent verifier', tx => store.deleteSilent(tx, { id: 'ver_a', beat: 1 })],
  ['a node', tx => store.deleteNode(tx, 'nod_a')],
  ['a notice', tx => store.markMailed(tx, { key: KEY, kind: 'idle' }, true)],
  ['notices to delete', tx => store.deleteNotices(tx, KEY, ['idle', 'expiring'])],
  ['a secret to upgrade', (tx, { key }) => store.upgradeLegacySecret(tx, key, BYTES, '{}')],
  ['an account to update', tx => store.updateAccount(tx, 'acc_a', { name: 'A' })],
  ['an owner to update', tx => store.updateOwner(tx, 'mem_a', { name: 'A' })],
  ['an owner to delete', tx => store.deleteOwner(tx, 'mem_a')],
  ['an invitation to accept', tx => store.acceptInvitation(tx, 'mem_a', 'per_a')],
  [
    'a service account',
    tx => store.updateServiceAccount(tx, 'a', { name: 'A', description: null, role: 'admin', ...NO_USE_LIMITS }),
  ],
  ['a project to update', tx => store.updateProject(tx, 'a', { name: 'A', description: null, archivedAt: AT })],
  ['rules to update', tx => store.updateKeyRules(tx, { account: 'a', project: 'p' }, {}, null)],
  ['an API to update', tx => store.updateApi(tx, 'a', { name: 'A', description: null, basePath: null })],
  ['an API to delete', tx => store.deleteApi(tx, 'a')],
  ['endpoints to delete', tx => store.deleteEndpoints(tx, 'a', ['GET /', 'GET /a'])],
  ['a person to rename', tx => store.renamePerson(tx, 'per_a', 'A')],
  ['a password to change', tx => store.setPasswordHash(tx, 'per_a', 'x')],
  ['a person to delete', tx => store.deletePersonWithoutMembership(tx, 'per_a')],
  ['sessions to end', tx => store.deleteSessions(tx, 'per_a', { except: 'ses_a' })],
  ['a quota to give back', tx => store.returnQuota(tx, QUOTA, 1)],
  ['a reservation to settle', tx => store.settleReservation(tx, 'sqlite', 'rsv_a', 1, AT)],
  ['leases to end', (tx, { account }) => store.endLeases(tx, account, [{ lease: 'lse_a', unused: 1 }], AT)],
  ['batches to delete', tx => store.deleteUseBatches(tx, [1, 2])],
];

/** They only insert, read a whole file on purpose, or are no query. */
const NO_SEARCH =
  /^(insert|save|keep|open|lock|takeQuota|byPlace|placeOf|analyze|managerOf|readPolicy|searchText|\w+(Sqlite|Postgres|Database|Error)$)/;

for (const name of DATABASES) {
  describe(`${name} finds by an index`, () => {
    const opened = openedForSuite(name);
    let made: Made;
    before(async () => {
      const whose = await makeAccount(opened.store);
      const key = plainKey(whose);
      const secret = { key, lookup: BYTES, scheme: '{}', hash: 'x' };
      await opened.store.transact(tx => store.insertLegacyKeys(tx, [secret]));
      made = { ...whose, key: key.key };
    });

    const finds = async (demand: Demand, work: () => Promise<unknown>, by: readonly string[] = []) => {
      const steps = await stepsOf(opened, demand, work);
      const texts = steps.map(({ text }) => text);
      assert.ok(steps.length > 0);
      assert.deepEqual(
        steps.filter(({ fault }) => fault).map(({ text }) => text),
        [],
      );
      for (const index of by) assert.ok(texts.join('\n').includes(index), `${index} in:\n${texts.join('\n')}`);
      return texts;
    };

    for (const [title, sorts, list, by = ''] of LISTS)
      for (const sort of sorts)
        test(`${title} by ${sort}, and where each page begins`, async () => {
          const { db } = opened.store;
          await finds({ sorted: true }, () => list(db, { sort, limit: 50 }), [by]);
          for (const position of POSITIONS[sort.replace('-', '')] ?? []) {
            const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
            const steps = await finds({ sorted: true }, () => list(db, { sort, limit: 50, cursor }), [by]);
            assert.match(steps.join('\n'), position[0] === null ? /\(?key ?[<>]/ : /seq<\?|[<>]\(\?|ROW\(/);
          }
        });

    for (const [title, query, ...by] of SEARCHES)
      test(title, async () => void (await finds({}, () => query(opened.store.db), by)));

    for (const [title, query] of EVERYWHERE)
      test(title, async () => void (await finds({ everywhere: true }, () => query(opened.store.db))));

    for (const [title, change, ...by] of CHANGES)
      test(title, async () => void (await finds({}, () => opened.store.transact(tx => change(tx, made)), by)));

    test('notices that are not mailed, and what was answered long ago', async () => {
      const { transact } = opened.store;
      const everywhere = { everywhere: true };
      const steps = await finds(everywhere, () => transact(tx => store.takeUnmailed(tx, AT, 9)));
      assert.match(steps.join('\n'), /key_notices_unmailed \(due_at ?>/);
      await finds(everywhere, () => transact(tx => store.deleteAnsweredBefore(tx, AT)));
      await finds(everywhere, () => transact(tx => store.deleteQuotasBefore(tx, AT, 9)));
      await finds(everywhere, () => transact(tx => store.deleteReservationsBefore(tx, AT, 9)));
    });

    test('what verify asks for, and the keys and days that were used', async () => {
      const { findFacts, findApi, uses } = opened.store;
      await finds({}, async () => findFacts(made.key));
      await finds({}, async () => findApi('api_a'));
      const use = { key: made.key, at: AT, address: null, agent: null, api: null, count: 1 };
      await finds({}, () => uses.writeUses([use]));
      await finds({}, () => uses.writeUses([use], true));
      await finds({}, () => uses.writeReport({ verifier: 'ver_a', batch: 1, uses: [] }));
    });
  });
}

test('no query of the store is left out', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  const exported = Object.entries(store).filter(([, value]) => typeof value === 'function');
  const missing = exported
    .map(([name]) => name)
    .filter(name => !NO_SEARCH.test(name) && !text.includes(`store.${name}(`));
  assert.deepEqual(missing, []);
});
