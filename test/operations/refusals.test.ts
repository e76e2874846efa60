import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  contract,
  inputProperties,
  isReading,
  type Operation,
  type OperationName,
  operations,
} from '@keywright/contract';
import { type ErrorCode, KeywrightError, ROLES, type Role, scopeOf } from '@keywright/core';
import { type Caller, run } from '@keywright/server';
import { callOf, DATABASES, keyCaller, makeKey, startTestApp } from '../support/app.ts';
import { callerIn, cases, validInput } from './cases.ts';
import { absentLike, NAMES_OBJECT, named } from './named-objects.ts';
import { dump, FOREIGN_NAME, makeMember, makeWorld, objectsOf, type Place, type World } from './world.ts';

/** Needs no caller: whoever adds one here says that all the world may call it. */
const PUBLIC = [
  'getInvitation',
  'acceptInvitation',
  'verify',
  'settleReservation',
  'cancelReservation',
  'getSetup',
  'setUp',
];

/** How each operation answers when that field names an object that is not there for the caller. */
const NOT_THERE: Record<string, ErrorCode | 'empty' | 'refused'> = {
  'createAccessKey.owner': 'not_found',
  'createAccessKey.project': 'invalid_value',
  'listAccessKeys.owner': 'empty',
  'listAccessKeys.project': 'empty',
  'getAccessKey.key': 'not_found',
  'updateAccessKey.key': 'not_found',
  'deactivateAccessKey.key': 'not_found',
  'activateAccessKey.key': 'not_found',
  'deleteAccessKey.key': 'not_found',
  'getLimits.key': 'not_found',
  'getLimits.owner': 'not_found',
  'getMember.member': 'not_found',
  'updateMember.member': 'not_found',
  'changeMemberRole.member': 'not_found',
  'deactivateMember.member': 'not_found',
  'activateMember.member': 'not_found',
  'removeMember.member': 'not_found',
  'getServiceAccount.serviceAccount': 'not_found',
  'updateServiceAccount.serviceAccount': 'not_found',
  'deactivateServiceAccount.serviceAccount': 'not_found',
  'activateServiceAccount.serviceAccount': 'not_found',
  'deleteServiceAccount.serviceAccount': 'not_found',
  'getProject.project': 'not_found',
  'updateProject.project': 'not_found',
  'archiveProject.project': 'not_found',
  'unarchiveProject.project': 'not_found',
  'deactivateAccount.account': 'not_found',
  'activateAccount.account': 'not_found',
  'getKeyPolicy.project': 'not_found',
  'updateKeyPolicy.project': 'not_found',
  'previewKeyPolicy.project': 'not_found',
  'createApi.project': 'invalid_value',
  'listApis.project': 'empty',
  'getApi.api': 'not_found',
  'updateApi.api': 'not_found',
  'deleteApi.api': 'not_found',
  'listEndpoints.api': 'not_found',
  'createEndpoint.api': 'not_found',
  'updateEndpoint.api': 'not_found',
  'deleteEndpoint.api': 'not_found',
  'importApi.api': 'not_found',
  'listEvents.target': 'empty',
  'listEvents.actor': 'empty',
  'revokeSession.session': 'not_found',
  'acknowledgeChanges.verifier': 'not_found',
  'disconnectVerifier.verifier': 'not_found',
  'reportUses.verifier': 'not_found',
  'leaseUses.verifier': 'not_found',
  'verify.project': 'refused',
  'verify.api': 'refused',
  'verify.account': 'refused',
};

describe('the tables of this file are complete', () => {
  test('each operation has its case', () => {
    assert.deepEqual(Object.keys(cases).sort(), operations.map(entry => entry.name).sort());
  });

  test('what is public stands in the list', () => {
    const found = operations.filter(entry => entry.right === 'public').map(entry => entry.name);
    assert.deepEqual(found, PUBLIC);
  });

  test('each field that names an object has its foreign case', () => {
    assert.deepEqual(Object.keys(NOT_THERE).sort(), named.map(({ place }) => place).sort());
  });

  test('no field names an object without our knowing', () => {
    const unknown = operations.flatMap(entry =>
      Object.entries(inputProperties(entry))
        .filter(
          ([field, schema]) => !NAMES_OBJECT.includes(field) && /\bids?\b|\[a-z2-7\]|"KW/.test(JSON.stringify(schema)),
        )
        .map(([field]) => `${entry.name}.${field}`),
    );
    assert.deepEqual(unknown, [
      // The APIs in them: permissions.test.ts.
      'createAccessKey.grants',
      'updateAccessKey.grants',
      // The owners and projects in them: import-access-keys.test.ts.
      'importAccessKeys.scheme',
      'importAccessKeys.rows',
      // A verifier reads what it serves: test/verifier.
      'readFacts.apis',
      // What it leased: leased-uses.test.ts.
      'leaseUses.ended',
      // Each item of a batch is one more input of the same operation.
      'verify.items',
      // Whoever has the id of one may settle it: test/limits/reservations.test.ts.
      'settleReservation.reservation',
      'cancelReservation.reservation',
    ]);
  });
});

for (const kind of DATABASES) {
  describe(`refusals on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    const guarded = operations.filter(entry => entry.right !== 'public');

    for (const entry of guarded) {
      test(`${entry.name}: without a caller`, async () => {
        await refuses(world, entry, await validInput(world, entry), undefined, 'unauthenticated');
      });
    }

    for (const { entry, role } of guarded.flatMap(refusedRoles)) {
      test(`${entry.name}: as ${role}`, async () => {
        const { app, home } = world;
        await refuses(world, entry, await validInput(world, entry), home.callers[role], 'forbidden');
        const { token } = await makeKey(app, callerIn(world), { owner: home.callers[role].owner.id });
        await refuses(world, entry, await validInput(world, entry), await keyCaller(app, token), 'forbidden');
      });
    }

    for (const entry of guarded.filter(entry => entry.sessionOnly)) {
      test(`${entry.name}: with an access key`, async () => {
        const { token } = await makeKey(world.app, callerIn(world));
        const caller = await keyCaller(world.app, token);
        await refuses(world, entry, await validInput(world, entry), caller, 'session_required');
      });
    }

    for (const entry of guarded.filter(entry => !entry.sessionOnly && !isReading(entry))) {
      test(`${entry.name}: with an access key that only reads`, async () => {
        const { token } = await makeKey(world.app, callerIn(world), { permission: 'read_only' });
        const caller = await keyCaller(world.app, token);
        await refuses(world, entry, await validInput(world, entry), caller, 'permission_denied');
      });
    }

    for (const { entry, field, place } of named) {
      for (const role of rolesThatMayCall(entry)) {
        test(`${place} of another account, as ${role}`, async () => {
          await isNotThere(world, entry, field, world.home.callers[role], world.foreign, world.foreign.callers.owner);
        });
      }
    }

    for (const { entry, field, place } of named) {
      for (const role of rolesThatReachTheirOwn(entry, field)) {
        test(`${place} of somebody else in the account, as ${role}`, async () => {
          const other = await makeMember(world.app, world.home.id, 'admin');
          await isNotThere(world, entry, field, world.home.callers[role], world.home, other.caller);
        });
      }
    }

    test('a service account, and keys of it, are not there for a member', async () => {
      const { app, home } = world;
      const { key } = await makeKey(app, home.callers.admin, { owner: home.serviceAccount });
      const { member } = home.callers;
      await refuses(world, contract.createAccessKey, { owner: home.serviceAccount }, member, 'not_found');
      await refuses(world, contract.deactivateAccessKey, { key }, member, 'not_found');
    });

    for (const entry of [contract.getInvitation, contract.acceptInvitation, contract.setUp]) {
      test(`${entry.name}: with a link that was never given out`, async () => {
        const input = { ...(await validInput(world, entry)), token: 'never-given-out' };
        await refuses(world, entry, input, undefined, 'gone');
      });
    }
  });

  describe(`answers on ${kind}`, () => {
    let world: World;
    before(async () => {
      world = await makeWorld(kind);
    });
    after(() => world[Symbol.asyncDispose]());

    for (const entry of operations.filter(entry => entry.name !== 'setUp')) {
      test(`${entry.name} answers what the contract declares, and no more`, async () => {
        const caller = entry.right === 'public' ? undefined : callerIn(world);
        answersAsDeclared(entry, await runAny(world, entry, await validInput(world, entry), caller));
      });
    }

    test('setUp answers what the contract declares, and no more', async () => {
      await using fresh = await startTestApp(kind);
      answersAsDeclared(contract.setUp, await run(fresh.app, 'setUp', await cases.setUp(fresh), callOf(undefined)));
    });
  });
}

function refusedRoles(entry: Operation): { entry: Operation; role: Role }[] {
  const { right } = entry;
  if (right === 'public' || right === 'caller') return [];
  return ROLES.filter(role => scopeOf(role, right) === 'none').map(role => ({ entry, role }));
}

/** One stands for all where nobody is asked who they are. */
function rolesThatMayCall(entry: Operation): Role[] {
  const refused = refusedRoles(entry).map(({ role }) => role);
  return entry.right === 'public' ? ['viewer'] : ROLES.filter(role => !refused.includes(role));
}

/** All can see the projects of their account; everything else may be somebody's own. */
function rolesThatReachTheirOwn({ right }: Operation, field: string): Role[] {
  if (right === 'public' || right === 'caller' || field === 'project') return [];
  return ROLES.filter(role => scopeOf(role, right) === 'own');
}

function runAny(world: World, entry: Operation, input: object, caller: Caller | undefined): Promise<unknown> {
  return run(world.app, entry.name as OperationName, input, callOf(caller)); // the contract has no other names
}

/** What is sent is what the schema lets through: it cuts off every field that it does not know. */
function answersAsDeclared(entry: Operation, output: unknown): void {
  const sent: unknown = JSON.parse(JSON.stringify(output));
  assert.deepEqual(entry.output.parse(sent), sent);
}

/** Fails with that code, and nothing anywhere has changed. */
async function refuses(
  world: World,
  entry: Operation,
  input: object,
  caller: Caller | undefined,
  code: string,
): Promise<KeywrightError> {
  const stood = await dump(world);
  const error = await runAny(world, entry, input, caller).then(
    answer => assert.fail(`${entry.name} answered ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof KeywrightError, String(error));
  assert.equal(error.code, code, error.message);
  assert.deepEqual(await dump(world), stood);
  return error;
}

/** What belongs to `other` is answered as what was never there, and nothing of it shows. */
async function isNotThere(
  world: World,
  entry: Operation,
  field: string,
  caller: Caller,
  place: Place,
  other: Caller,
): Promise<void> {
  const expected = NOT_THERE[`${entry.name}.${field}`] ?? 'not_found';
  const id = (await objectsOf(world.app, place, other))[field] ?? '';
  if (expected === 'empty') {
    assert.deepEqual(await runAny(world, entry, { [field]: id }, caller), { items: [], nextCursor: null });
    const theirs = await runAny(world, entry, { [field]: id }, other);
    assert.notDeepEqual(theirs, { items: [], nextCursor: null }, 'the filter finds nothing at all');
    return;
  }
  const input: Record<string, unknown> = { ...(await validInput(world, entry)), [field]: id };
  // Not every caller of these cases can create for somebody else; what they name instead is what is asked about.
  if (field === 'project' && entry.name === 'createAccessKey') delete input.owner;
  if (expected === 'refused') {
    const answer = JSON.stringify(await runAny(world, entry, input, undefined));
    assert.match(answer, /^\{"allowed":false,/);
    assert.ok(!answer.includes(FOREIGN_NAME), answer);
    return;
  }
  const error = await refuses(world, entry, input, caller, expected);
  const said = JSON.stringify([error.message, error.problems]);
  assert.ok(!said.includes(FOREIGN_NAME), said);
  const absent = absentLike(id);
  const { message } = await refuses(world, entry, { ...input, [field]: absent }, caller, expected);
  assert.equal(message.replaceAll(absent, 'X'), error.message.replaceAll(id, 'X'));
}
