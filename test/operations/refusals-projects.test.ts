import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inputProperties, type Operation, operations, successStatus } from '@keywright/contract';
import { DATABASES, emailOf, makeKey } from '../support/app.ts';
import { validInput } from './cases.ts';
import { type Answer, type Carried, restOf, signIn } from './http.ts';
import { inProject, objectsIn, type ProjectObjects, tokenIn, validInputIn } from './in-project.ts';
import { absentLike, objectFields } from './named-objects.ts';
import { dump, makeProject, makeWorld, objectsOf, type World } from './world.ts';

type Input = Record<string, unknown>;

/** In every name of project A: nothing that is said at project B may hold it. */
const NAME = 'Avalon';

/** Fields that name something that belongs to a project, or the project itself, and what they name. */
const BOUND = {
  key: 'key',
  keys: 'key',
  api: 'api',
  apis: 'api',
  grants: 'api',
  verifier: 'verifier',
  project: 'project',
} as const;
type Bound = keyof typeof BOUND;
const bound = inProject.flatMap(entry =>
  (Object.keys(BOUND) as Bound[]) // it has no other keys
    .filter(field => objectFields(entry).includes(field) || namesMany(entry, field))
    .map(field => ({ entry, field })),
);

function namesMany(entry: Operation, field: Bound): boolean {
  return ['keys', 'apis', 'grants'].includes(field) && Object.hasOwn(inputProperties(entry), field);
}

/** An input that makes each rule of a policy tighter, so that it touches every key there is. */
const TOUCHES_ALL = { networksRequired: true, nameRequired: true, lifetimeDaysMax: 1, permissionsAllowed: [] };

for (const kind of DATABASES) {
  describe(`another project, on ${kind}`, () => {
    let world: World;
    let [a, b] = ['', ''];
    /** What is not at the endpoint of B: of A, of no project, and of another account. */
    let elsewhere: { of: string; objects: ProjectObjects & { project: string } }[] = [];
    let ofA: ProjectObjects & { project: string };
    let theirs: Record<string, string> = {};
    /** Tokens of keys, by where they belong to. */
    let tokens: Record<'a' | 'b' | 'account' | 'foreign', string>;
    let cookie = '';
    before(async () => {
      world = await makeWorld(kind);
      const { app, home, foreign } = world;
      a = await makeProject(app, home.id, NAME);
      b = await makeProject(app, home.id, 'Brittany');
      ofA = { ...(await objectsIn(world, a, NAME)), project: a };
      theirs = await objectsOf(app, foreign, foreign.callers.owner);
      elsewhere = [
        { of: 'another project', objects: ofA },
        { of: 'no project', objects: { ...(await objectsIn(world, null, NAME)), project: a } },
        {
          of: 'another account',
          objects: { key: '', api: '', verifier: '', ...theirs, project: foreign.project },
        },
      ];
      tokens = {
        a: await tokenIn(world, { project: a, name: `${NAME} caller` }),
        b: await tokenIn(world, { project: b }),
        account: await tokenIn(world, {}),
        foreign: (await makeKey(app, foreign.callers.owner, { project: foreign.project })).token,
      };
      cookie = await signIn(world.running.url, emailOf('Home', 'owner'));
    });
    after(() => world[Symbol.asyncDispose]());

    const ask = (entry: Operation, input: Input, carried: Carried) => restOf(world.running.url, entry, input, carried);
    const callersAt = (project: 'a' | 'b') =>
      project === 'a'
        ? { key: { token: tokens.a }, person: { cookie } }
        : { key: { token: tokens.b }, person: { cookie } };

    for (const { entry, field } of bound) {
      test(`${entry.name}: ${field} that is not of the project`, async () => {
        const input = await validInputIn(world, entry, b);
        const stood = await dump(world);
        for (const [who, carried] of Object.entries(callersAt('b'))) {
          for (const { of, objects } of elsewhere) {
            // Keys of every project may be granted an API of no project, so whoever verifies them knows it.
            if (field === 'apis' && of === 'no project') continue;
            const id = objects[BOUND[field]];
            const answer = await ask(entry, naming(input, field, id), { ...carried, project: b });
            isNotThere(answer, `${of}, for a ${who}`);
            const absent = absentLike(id);
            const same = await ask(entry, naming(input, field, absent), { ...carried, project: b });
            assert.equal(said(answer, id), said(same, absent), `${of}, for a ${who}`);
          }
        }
        assert.deepEqual(await dump(world), stood);
        // The same is there at the endpoint where it belongs.
        for (const carried of Object.values(callersAt('a'))) {
          const there = await objectsIn(world, a, NAME);
          const id = { ...there, project: a }[BOUND[field]];
          const answer = await ask(entry, naming(await validInputIn(world, entry, a), field, id), {
            ...carried,
            project: a,
          });
          assert.equal(answer.status, successStatus(entry), JSON.stringify(answer.body));
          if (Array.isArray(answer.body[field])) assert.ok(JSON.stringify(answer.body).includes(id), 'it is not told');
        }
      });
    }

    for (const entry of inProject) {
      test(`${entry.name}: says nothing of another project`, async () => {
        for (const carried of Object.values(callersAt('b'))) {
          for (const input of [await validInputIn(world, entry, b), await unfiltered(entry)]) {
            const { status, body } = await ask(entry, input, { ...carried, project: b });
            assert.equal(status, successStatus(entry), JSON.stringify(body));
            assert.ok(!JSON.stringify(body).includes(NAME), JSON.stringify(body));
          }
        }
      });
    }

    test('what says nothing at B says it at A', async () => {
      const told: string[] = [];
      for (const entry of inProject) {
        const { body } = await ask(entry, await unfiltered(entry, a), { token: tokens.a, project: a });
        if (JSON.stringify(body).includes(NAME)) told.push(entry.name);
      }
      for (const name of ['listAccessKeys', 'listApis', 'getApi', 'getAccessKey', 'previewKeyPolicy', 'whoami'])
        assert.ok(told.includes(name), `${name} does not name what is there`);
    });

    // What follows is refused by who calls, before anything is looked for: one database stands for both.
    if (kind !== 'sqlite') return;

    for (const entry of operations.filter(one => one.right !== 'public')) {
      test(`${entry.name}: with a key of a project, at the account`, async () => {
        if (entry.name === 'getProject') return ownProjectOnly();
        const input = await validInput(world, entry);
        const stood = await dump(world);
        const refused = await ask(entry, input, { token: tokens.b });
        assert.deepEqual([refused.status, refused.body.code], [403, 'project_mismatch']);
        for (const field of objectFields(entry)) {
          for (const id of [theirs[field] ?? '', absentLike(theirs[field] ?? ''), b])
            assert.equal(said(await ask(entry, { ...input, [field]: id }, { token: tokens.b })), said(refused), field);
        }
        assert.deepEqual(await dump(world), stood);
      });
    }

    /** Its own project is what a key can see of the account; every other is one answer. */
    async function ownProjectOnly(): Promise<void> {
      const entry = operationOf('getProject');
      assert.equal((await ask(entry, { project: b }, { token: tokens.b })).status, 200);
      const refused = await ask(entry, { project: a }, { token: tokens.b });
      assert.deepEqual([refused.status, refused.body.code], [403, 'project_mismatch']);
      for (const id of [world.foreign.project, absentLike(a), 'no id'])
        assert.equal(said(await ask(entry, { project: id }, { token: tokens.b })), said(refused));
    }

    for (const entry of inProject) {
      test(`${entry.name}: with a key from elsewhere, at the endpoint of a project`, async () => {
        const input = await validInputIn(world, entry, a);
        const stood = await dump(world);
        for (const token of [tokens.b, tokens.account, tokens.foreign]) {
          const refused = await ask(entry, input, { token, project: a });
          assert.deepEqual([refused.status, refused.body.code], [403, 'project_mismatch']);
          const same = await ask(entry, input, { token, project: absentLike(a) });
          assert.equal(said(same), said(refused));
        }
        assert.deepEqual(await dump(world), stood);
      });

      test(`${entry.name}: with a session, at the endpoint of a project of another account`, async () => {
        const input = await validInputIn(world, entry, a);
        const stood = await dump(world);
        const { project } = world.foreign;
        const refused = await ask(entry, input, { cookie, project });
        assert.deepEqual([refused.status, refused.body.code], [404, 'not_found']);
        const absent = absentLike(project);
        assert.equal(said(refused, project), said(await ask(entry, input, { cookie, project: absent }), absent));
        assert.deepEqual(await dump(world), stood);
      });
    }

    /** As little as the operation needs, so that no filter hides anything. */
    async function unfiltered(entry: Operation, project = b): Promise<Input> {
      if (entry.name === 'previewKeyPolicy') return TOUCHES_ALL;
      const input: Input = await validInputIn(world, entry, project);
      if (entry.name === 'createAccessKey' || entry.method !== 'GET') return input;
      const { key, api, member } = project === a ? { ...ofA, member: input.member } : input;
      const needed: Input = { key, api, member };
      return Object.fromEntries(Object.entries(needed).filter(([field]) => entry.path.includes(`{${field}}`)));
    }
  });
}

test('what an input names belongs to a project, or is a person: they belong to the account', () => {
  const fields = new Set(inProject.flatMap(objectFields));
  assert.deepEqual([...fields].filter(field => !Object.hasOwn(BOUND, field)).sort(), ['member', 'owner']);
});

function operationOf(name: string): Operation {
  const entry = operations.find(one => one.name === name);
  assert.ok(entry);
  return entry;
}

/** The input with that object in that field; a grant names an API. */
function naming(input: Input, field: Bound, id: string): Input {
  if (field === 'keys' || field === 'apis') return { [field]: [id] };
  if (field !== 'grants') return { ...input, [field]: id };
  return { ...input, permission: 'restricted', grants: { [id]: 'read_only' } };
}

/** Not found, a field that names nothing, or lists without anything. */
function isNotThere({ status, body }: Answer, about: string): void {
  if (status === 200)
    assert.match(JSON.stringify(body), /^\{("(items|keys|apis)":\[\],?)+("nextCursor":null)?\}$/, about);
  else assert.ok(body.code === 'not_found' || body.code === 'invalid_value', `${about}: ${JSON.stringify(body)}`);
  assert.ok(!JSON.stringify(body).includes(NAME), about);
}

/** All of an answer that can tell something, whatever the id was that was asked about. */
function said({ status, body: { requestId: _, ...body } }: Answer, id = 'X'): string {
  return JSON.stringify([status, body]).replaceAll(id, 'X');
}
