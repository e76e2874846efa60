import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  endpointOf,
  type InputOf,
  isReading,
  needsPermission,
  type Operation,
  operations,
  successStatus,
} from '@keywright/contract';
import { BUILT_IN_API, ERRORS, grantSets, permits } from '@keywright/core';
import { openApiDocument } from '@keywright/server';
import { DATABASES } from '../support/app.ts';
import { validInput } from './cases.ts';
import { type Answer, restOf } from './http.ts';
import { inProject, makeApiIn, tokenIn, validInputIn } from './in-project.ts';
import { absentLike, objectFields } from './named-objects.ts';
import { dump, makeWorld, objectsOf, type World } from './world.ts';

type Draft = InputOf<'createAccessKey'>;
type Input = Record<string, unknown>;
type Outcome = 'answered' | 'broader_key' | 'permission_denied';

/** What an access key can call at all. */
const forKeys = operations.filter(entry => entry.right !== 'public' && !entry.sessionOnly);

/** A key of each permission; `other` is another API than Keywright's own. */
const DRAFTS: Record<string, (entry: Operation, other: string) => Draft> = {
  read_write: () => ({ permission: 'read_write' }),
  read_only: () => ({ permission: 'read_only' }),
  'restricted, to nothing': () => ({ permission: 'restricted' }),
  'restricted, to reading': () => ({ grants: { [BUILT_IN_API]: 'read_only' } }),
  'restricted, to all of it': () => ({ grants: { [BUILT_IN_API]: 'read_write' } }),
  'restricted, to this endpoint': entry => ({ grants: { [BUILT_IN_API]: [endpointOf(entry).id] } }),
  'restricted, to every other endpoint': entry => ({ grants: { [BUILT_IN_API]: othersThan(entry) } }),
  'restricted, to another API': (_, other) => ({ grants: { [other]: 'read_write' } }),
};

function othersThan(entry: Operation): string[] {
  return operations.map(one => endpointOf(one).id).filter(id => id !== endpointOf(entry).id);
}

/** What the contract and the core say of a valid call with such a key. */
function expected(entry: Operation, { permission = 'restricted', grants = {} }: Draft): Outcome {
  const held = { permission, grants: grantSets(grants as Parameters<typeof grantSets>[0]) }; // without any `none`
  const action = { api: BUILT_IN_API, method: entry.method, endpoint: endpointOf(entry) };
  if (needsPermission(entry) && !permits(held, action)) return 'permission_denied';
  // What the valid input asks for is more than a restricted key may hand on, wherever the contract knows that refusal.
  return permission !== 'read_write' && entry.errors.includes('broader_key') ? 'broader_key' : 'answered';
}

/** Where keys are asked for: at the account, and at the endpoint of a project with keys that belong to it. */
const DOORS = [
  { door: 'the account', entries: forKeys, projectOf: () => undefined },
  { door: 'a project', entries: inProject, projectOf: ({ home }: World) => home.project },
];

for (const kind of DATABASES) {
  for (const { door, entries, projectOf } of DOORS) {
    describe(`a key of each permission, at ${door}, on ${kind}`, () => {
      let world: World;
      let other: string;
      let theirs: Record<string, string>;
      /** The keys that are the same for every operation, by what they hold. */
      const tokens = new Map<string, string>();
      before(async () => {
        world = await makeWorld(kind);
        other = await makeApiIn(world.app, world.home, projectOf(world) ?? null, 'Another API');
        theirs = await objectsOf(world.app, world.foreign, world.foreign.callers.owner);
      });
      after(() => world[Symbol.asyncDispose]());

      const tokenOf = async (draft: Draft) => {
        const held = JSON.stringify(draft);
        const token = tokens.get(held) ?? (await tokenIn(world, { ...draft, project: projectOf(world) ?? null }));
        tokens.set(held, token);
        return token;
      };
      const ask = async (entry: Operation, draft: Draft, input: Input) =>
        restOf(world.running.url, entry, input, { token: await tokenOf(draft), project: projectOf(world) });
      const inputOf = (entry: Operation) => {
        const project = projectOf(world);
        return project === undefined ? validInput(world, entry) : validInputIn(world, entry, project);
      };

      /** What such a key is told, for each field, of what belongs to others and of what is not there. */
      const answersFor = async (entry: Operation, draft: Draft, input: Input) => {
        // It is told before anything of this is looked for, so one database stands for both.
        const fields = kind === 'sqlite' ? objectFields(entry) : [];
        return Promise.all(
          fields.map(async field => {
            const foreign = theirs[field] ?? '';
            const ids = [foreign, absentLike(foreign)];
            if (expected(entry, draft) === 'permission_denied') ids.push('no id');
            return Promise.all(ids.map(async id => said(await ask(entry, draft, { ...input, [field]: id }), id)));
          }),
        );
      };

      for (const entry of entries) {
        test(entry.name, async () => {
          const drafts = Object.entries(DRAFTS).map(([name, draft]) => [name, draft(entry, other)] as const);
          const [answered, refused] = partition(drafts, ([, draft]) => expected(entry, draft) === 'answered');
          const input = await inputOf(entry);
          for (const [, draft] of drafts) await tokenOf(draft);

          const stood = await dump(world);
          const outcomes: Record<string, string> = {};
          for (const [name, draft] of refused) {
            const answer = await ask(entry, draft, input);
            outcomes[name] = outcomeOf(entry, answer);
            for (const told of await answersFor(entry, draft, input)) {
              // Who may not call it is told the same of what is there, of what is not, and of what can not be.
              if (expected(entry, draft) === 'permission_denied') told.push(said(answer));
              assert.equal(new Set(told).size, 1, `${name}: ${told.join('\n')}`);
            }
          }
          assert.deepEqual(await dump(world), stood);

          for (const [name, draft] of answered)
            outcomes[name] = outcomeOf(entry, await ask(entry, draft, await inputOf(entry)));
          assert.deepEqual(
            outcomes,
            Object.fromEntries([...refused, ...answered].map(([name, draft]) => [name, expected(entry, draft)])),
          );
        });
      }
    });
  }
}

describe('the derivation of a key of each permission', () => {
  test('tells apart what reads, what writes, and what every key may ask', () => {
    for (const entry of forKeys) {
      const outcomes = Object.values(DRAFTS).map(draft => expected(entry, draft(entry, 'api_other')));
      const denied = outcomes.filter(outcome => outcome === 'permission_denied').length;
      assert.equal(denied, entry.name === 'whoami' ? 0 : isReading(entry) ? 3 : 5, entry.name);
    }
  });

  test('is what the OpenAPI document says of each operation', () => {
    const { paths } = openApiDocument('1') as { paths: Record<string, Record<string, { responses: object }>> }; // as OpenAPI has it
    for (const entry of operations) {
      const { responses } = paths[`/v1${entry.path}`]?.[entry.method.toLowerCase()] ?? { responses: {} };
      const declared = JSON.stringify(responses).includes('`permission_denied`');
      assert.equal(declared, forKeys.includes(entry) && entry.name !== 'whoami', entry.name);
    }
  });
});

function partition<Item>(items: readonly Item[], first: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(first), items.filter(item => !first(item))];
}

function outcomeOf(entry: Operation, { status, body }: Answer): string {
  if (status === successStatus(entry)) return 'answered';
  const code = String(body.code);
  const known = Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined; // looked up before
  assert.equal(status, known?.status, JSON.stringify(body));
  return code === 'permission_denied' || code === 'broader_key' ? code : JSON.stringify(body);
}

/** All of an answer that can tell something, whatever the id was that was asked about. */
function said({ status, body: { requestId: _, ...body } }: Answer, id = 'X'): string {
  return JSON.stringify([status, body]).replaceAll(id, 'X');
}
