import { randomBytes } from 'node:crypto';
import { type Operation, operations } from '@keywright/contract';
import { newId } from '@keywright/core';
import { run } from '@keywright/server';
import { insertApi } from '@keywright/store';
import { callOf, makeKey } from '../support/app.ts';
import { callerIn, validInput } from './cases.ts';
import { objectFields } from './named-objects.ts';
import { connectVerifier, type Place, type World } from './world.ts';

/** What is served below the endpoint of a project, too. */
export const inProject = operations.filter(entry => entry.inProject);

/** What belongs to one project, or to none, by the field that names it. */
export type ProjectObjects = { key: string; api: string; verifier: string };

/** An inactive key and an API, both of that name, and a verifier; every operation takes an inactive key. */
export async function objectsIn({ app, home }: World, project: string | null, name: string): Promise<ProjectObjects> {
  const { key } = await makeKey(app, home.callers.owner, { name, project });
  await run(app, 'deactivateAccessKey', { key }, callOf(home.callers.owner));
  return {
    key,
    api: await makeApiIn(app, home, project, name),
    verifier: await connectVerifier(app, home.id, project),
  };
}

export async function makeApiIn(app: World['app'], place: Place, project: string | null, name: string) {
  const id = newId('api', randomBytes);
  const row = { id, account: place.id, project, name, description: null, createdAt: app.now() };
  await app.store.transact(tx => insertApi(tx, row));
  return id;
}

/** The input of the case of an operation, as it is valid at the endpoint of that project of the home account. */
export async function validInputIn(world: World, entry: Operation, project: string): Promise<Record<string, unknown>> {
  const { tokenPrefix: _, ...input } = await validInput(world, entry); // a rule that only the account has
  const there: Record<string, unknown> = { project, ...(await objectsIn(world, project, 'Of the project')) };
  const fields = objectFields(entry).filter(field => field in there && field in input);
  return { ...input, ...Object.fromEntries(fields.map(field => [field, there[field]])) };
}

/** A key of the home account, its owner's, made for one test: its token. */
export async function tokenIn(world: World, draft: Parameters<typeof makeKey>[2]): Promise<string> {
  return (await makeKey(world.app, callerIn(world), draft)).token;
}
