import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inputProperties, isReading, type OperationName, type OutputOf, operations } from '@keywright/contract';
import { run } from '@keywright/server';
import type { StoredEvent } from '@keywright/store';
import { changeOf } from '../../packages/server/src/operations/verifiers/changes.ts';
import { callOf } from '../support/app.ts';
import { callerIn, validInput } from './cases.ts';
import { makeWorld, type World } from './world.ts';

/** Verifiers hear of these, yet nobody decides by what was before: whoever adds one here says why. */
const WITHOUT_RECEIPT = [
  // Nobody can have asked for what had no id before.
  'createAccessKey',
  'createApi',
  // Whoever is not of the account is told nothing of its nodes and verifiers; until then there are no keys of this member.
  'acceptInvitation',
  // How a member is called, which is only shown.
  'updateProfile',
];

let world: World;
let heard: StoredEvent[] = [];
before(async () => {
  world = await makeWorld('sqlite');
  world.app.feed.subscribe(event => heard.push(event));
});
after(() => world[Symbol.asyncDispose]());

for (const entry of operations.filter(entry => !isReading(entry) && entry.name !== 'setUp'))
  test(`${entry.name}: who changes what verifiers know can have a receipt of it`, async () => {
    const waits = 'wait' in inputProperties(entry);
    const input = { ...(await validInput(world, entry)), ...(waits && { wait: 'all' }) };
    const caller = entry.right === 'public' ? undefined : callerIn(world);
    heard = [];
    const output = await run(world.app, entry.name as OperationName, input, callOf(caller));
    const isHeard = heard.some(event => changeOf(event.account, event) !== undefined);
    assert.equal(isHeard, waits || WITHOUT_RECEIPT.includes(entry.name));
    const { receipt } = output as Partial<OutputOf<'deleteAccessKey'>>; // what all answer that wait
    assert.equal(receipt?.complete, waits || undefined);
  });
