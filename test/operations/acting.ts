import assert from 'node:assert/strict';
import type { Event, InputOf, OperationName, OutputOf } from '@keywright/contract';
import { type ErrorCode, KeywrightError, type Role } from '@keywright/core';
import { type App, type Call, type Caller, run } from '@keywright/server';
import { callOf, type TestAccount } from '../support/app.ts';

export type Act = <Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  more?: Partial<Call>,
) => Promise<OutputOf<Name>>;

/** Calls operations as one caller. */
export function acting(app: App, caller: Caller | undefined): Act {
  return (name, input, more) => run(app, name, input, callOf(caller, more));
}

/** An owner or administrator in an account that theirs manages, as the header Keywright-Account makes them. */
export function managing(account: string, home: Caller): Caller {
  return { ...home, account, home, owner: { ...home.owner, role: 'admin' } };
}

/** The same for the member of each role. */
export function actingAll(app: App, { callers }: TestAccount): Record<Role, Act> {
  const { owner, admin, member, viewer } = callers;
  return {
    owner: acting(app, owner),
    admin: acting(app, admin),
    member: acting(app, member),
    viewer: acting(app, viewer),
  };
}

/** Waits for the refusal with that code, and with that field among its problems. */
export async function refusal(attempt: Promise<unknown>, code: ErrorCode, field?: string): Promise<KeywrightError> {
  const error = await attempt.then(
    answer => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof KeywrightError, String(error));
  assert.equal(error.code, code, error.message);
  if (field !== undefined) assert.ok(error.problems.map(problem => problem.field).includes(field), error.message);
  return error;
}

/** What verify says of a key now: `allowed`, or the reason. */
export async function verdict(app: App, token: string, more: Partial<InputOf<'verify'>> = {}): Promise<string> {
  const decision = await acting(app, undefined)('verify', { credential: token, method: 'GET', ...more });
  return 'items' in decision ? 'several' : (decision.reason ?? 'allowed');
}

/** The events about one object, oldest first. */
export async function eventsAbout(act: Act, target: string): Promise<Event[]> {
  return (await act('listEvents', { target, limit: 100 })).items.reverse();
}

export async function actionsAbout(act: Act, target: string): Promise<string[]> {
  return (await eventsAbout(act, target)).map(event => event.action);
}
