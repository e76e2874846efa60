import { hash } from 'node:crypto';
import {
  contract,
  endpointOf,
  isReading,
  needsPermission,
  type Operation,
  type OperationName,
  type OutputOf,
} from '@keywright/contract';
import {
  BUILT_IN_API,
  type Facts,
  invalid,
  isPermitted,
  KeywrightError,
  limits,
  missingPermission,
  type Scope,
  scopeOf,
} from '@keywright/core';
import {
  appendEvents,
  deleteAnsweredBefore,
  findAnswered,
  insertAnswered,
  lastEventId,
  lockChanges,
  type NewEvent,
  type StoredEvent,
  type Tx,
} from '@keywright/store';
import type { App } from './app.ts';
import { actorOf, atHome, type Caller } from './callers/caller.ts';
import { confirmCaller, confirmProject } from './callers/confirm.ts';
import type { AnyHandler, ChangeContext, ReadContext, Recorded } from './context.ts';
import { toKeywrightError } from './map-error.ts';
import { handlers } from './operations/index.ts';
import { namedFor } from './operations/verifiers/node-names.ts';
import { verify } from './operations/verify/verify.ts';
import { parseInput } from './parse-input.ts';
import type { TracePart } from './traces/traces.ts';

const HOUR_MS = 3_600_000;

export interface Call {
  /** Undefined when the request carried neither session nor key. */
  caller: Caller | undefined;
  address: string | null;
  userAgent: string | null;
  idempotencyKey?: string | undefined;
  /** The project at whose endpoint the call came in. */
  project?: string | undefined;
  /** For whoever looks for it later: the id of the request, and the span of another process that it belongs to. */
  requestId?: string | undefined;
  traceParent?: string | undefined;
}

/**
 * Runs one operation: caller present → right → parse → transaction { handler; events } → publish. Every door calls this: no
 * handler and no door authorises, opens transactions, writes events or maps errors on its own, but for signing in (edges/sign-in.ts). Throws KeywrightError only.
 */
export function run<Name extends OperationName>(
  app: App,
  name: Name,
  input: unknown,
  call: Call,
): Promise<OutputOf<Name>> {
  if (app.traces === undefined) return runPart(app, name, input, call);
  return app.traces.operation(name, call, part => runPart(app, name, input, { ...call, part }));
}

async function runPart<Name extends OperationName>(
  app: App,
  name: Name,
  input: unknown,
  call: Call & Pick<Base, 'part'>,
): Promise<OutputOf<Name>> {
  const entry: Operation = contract[name];
  // A person's profile and sessions are theirs wherever they act.
  const caller = entry.right.startsWith('profile:') ? call.caller && atHome(call.caller) : call.caller;
  try {
    const scope = authorise(entry, caller);
    const parsed = parseInput(entry.input, input);
    const handler = handlers[name] as AnyHandler; // its input is what the contract parsed, its output what it declares
    const context = { ...call, caller, app, scope, at: app.now() };
    const output =
      isReading(entry) || entry.unrecorded
        ? await read(app, entry, handler, context, parsed)
        : await change(app, entry, handler, context, parsed);
    // Only what the contract declares gets out.
    return entry.output.parse(output) as OutputOf<Name>;
  } catch (error) {
    throw toKeywrightError(error);
  }
}

/**
 * Runs `verify`, which needs no caller and changes nothing: parse → handler, at once where the handler answers at once. Its answer is
 * written out field by field, so nothing gets out that the contract does not declare. Throws, or rejects with, KeywrightError only.
 */
export function runVerify(app: App, input: unknown): OutputOf<'verify'> | Promise<OutputOf<'verify'>> {
  try {
    const context = { ...NOBODY, app, db: app.store.db, at: app.now() };
    const output = verify(context, parseInput(contract.verify.input, input));
    if (!(output instanceof Promise)) return output;
    return output.catch(error => {
      throw toKeywrightError(error);
    });
  } catch (error) {
    throw toKeywrightError(error);
  }
}

const NOBODY = { caller: undefined, scope: 'none', address: null, userAgent: null } as const;

/** Reads for many at once with the right of one operation: how GraphQL follows links. Throws KeywrightError only. */
export async function readMany<Result>(
  app: App,
  name: OperationName,
  call: Call,
  read: (context: ReadContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await read({ ...call, app, db: app.store.db, scope: authorise(contract[name], call.caller), at: app.now() });
  } catch (error) {
    throw toKeywrightError(error);
  }
}

/** What the caller may reach with the operation; throws when nothing. */
export function authorise(entry: Operation, caller: Caller | undefined): Scope {
  if (entry.right === 'public') return 'none';
  if (caller === undefined) throw new KeywrightError('unauthenticated');
  if (entry.sessionOnly && caller.via !== 'session') throw new KeywrightError('session_required');
  const scope = entry.right === 'caller' ? 'own' : scopeOf(caller.owner.role, entry.right);
  if (scope === 'none')
    throw new KeywrightError(
      'forbidden',
      `Your role (${caller.owner.role}) does not give the right to: ${entry.summary.toLowerCase()}.`,
    );
  if (caller.key !== undefined) demandPermission(entry, caller.key);
  return scope;
}

/** A key needs the permission for the operation at the built-in API. */
function demandPermission(entry: Operation, key: Facts): void {
  const action = { api: BUILT_IN_API, method: entry.method, endpoint: endpointOf(entry) };
  if (!needsPermission(entry) || isPermitted(key, action)) return;
  throw new KeywrightError(
    'permission_denied',
    `The access key lacks the permission for this. It needs ${missingPermission(key, action)}.`,
  );
}

type Base = Call & { app: App; scope: Scope; at: number; part?: TracePart };

/** A part of an operation that takes its time, with a span of its own where there are traces. */
function traced<Result>({ part }: Base, name: string, work: () => Promise<Result>): Promise<Result> {
  return part === undefined ? work() : part(name, work);
}

async function read(app: App, entry: Operation, handler: AnyHandler, base: Base, input: object): Promise<unknown> {
  const { db } = app.store;
  if (base.caller !== undefined && base.project !== undefined)
    await confirmProject(db, base.caller.account, base.project, true);
  const replica = isList(entry) ? await app.store.findReplica() : undefined;
  if (replica === undefined) return handler({ ...base, db }, input);
  try {
    return await handler({ ...base, db: replica }, input);
  } catch (error) {
    if (error instanceof KeywrightError) throw error;
    app.log.warn({ reason: (error as Error).message }, 'a replica could not be read');
    return handler({ ...base, db }, input);
  }
}

/** What is read page by page for people and programs that manage; verifiers never ask for it. */
function isList({ name, input }: Operation): boolean {
  return name.startsWith('list') && 'cursor' in input.shape;
}

async function change(app: App, entry: Operation, handler: AnyHandler, base: Base, input: object): Promise<unknown> {
  const prepared = await handler.prepare?.({ ...base, db: app.store.db }, input);
  const transact = () =>
    app.store.transact(async tx => {
      await lockChanges(tx, app.store);
      if (base.caller !== undefined) {
        await confirmCaller(tx, base.caller, base.at);
        if (base.project !== undefined) await confirmProject(tx, base.caller.account, base.project, false);
      }
      const replay = await findReplay(tx, entry, base, input);
      if (replay !== undefined) return { output: replay, events: [] };
      const recorded: NewEvent[] = [];
      const context: ChangeContext = {
        ...base,
        db: tx,
        tx,
        record: event => recorded.push(eventOf(entry, base, event)),
      };
      const output = await handler(context, input, prepared);
      await keepAnswer(tx, entry, base, input, output);
      return { output, events: await appendEvents(tx, recorded) };
    });
  const { output, events } = await traced(base, 'transaction', transact);
  app.feed.publish(events);
  if (!isWaiting(input)) return output;
  return traced(base, 'receipt', () => received(app, base, input, output, events));
}

interface Waiting {
  wait: 'all';
  waitMs?: number;
  /** Of the operations about another account than the caller's: which. */
  account?: string;
}

function isWaiting(input: Partial<Waiting>): input is Waiting {
  return input.wait === 'all';
}

/** The answer together with the receipt of all who follow; where nothing was to be changed, of what was last. */
async function received(
  app: App,
  { caller }: Base,
  { account = caller?.account ?? '', waitMs = limits.receiptWaitMsDefault }: Waiting,
  output: unknown,
  events: readonly StoredEvent[],
) {
  const since = performance.now();
  const sequence = events.at(-1)?.id ?? (await lastEventId(app.store.db));
  const receipt = await app.followers.receipt({ account }, sequence, since, waitMs);
  const acknowledged = namedFor(caller, receipt.acknowledged);
  return { ...(output as object), receipt: { ...receipt, acknowledged, missing: namedFor(caller, receipt.missing) } };
}

function eventOf(entry: Operation, { caller, at, address }: Base, event: Recorded): NewEvent {
  const actor = event.actor ?? (caller && actorOf(caller));
  const account = event.account ?? caller?.account;
  if (actor === undefined || account === undefined)
    throw new Error(`${entry.name} recorded an event without actor or account`);
  return {
    action: event.action ?? entry.name,
    actor,
    account,
    at,
    address,
    actorAccount: event.actor === undefined ? fromElsewhere(caller, account) : null,
    owner: event.owner ?? null,
    target: event.target,
    details: event.details ?? {},
  };
}

/** The account that the actor is of, where it is another than the event's. */
function fromElsewhere(caller: Caller | undefined, account: string): string | null {
  const home = caller && atHome(caller).account;
  return home === undefined || home === account ? null : home;
}

/** The answer to repeat for an Idempotency-Key that was used before. */
async function findReplay(tx: Tx, entry: Operation, call: Base, input: object): Promise<unknown> {
  const keys = idempotencyOf(entry, call, input);
  if (keys === undefined) return undefined;
  await deleteAnsweredBefore(tx, call.at - limits.idempotencyHours * HOUR_MS);
  const before = await findAnswered(tx, keys.caller, keys.digest);
  if (before === undefined) return undefined;
  if (before.operation !== entry.name || Buffer.compare(before.input, keys.input) !== 0) {
    throw new KeywrightError(
      'idempotency_conflict',
      'This Idempotency-Key came with another request before. Use a new one for each request.',
    );
  }
  const { answer, made } = JSON.parse(before.answer);
  if (!entry.showsSecret) return answer;
  const what = `${entry.summary} was done with this Idempotency-Key before (${made}).`;
  throw new KeywrightError(
    'idempotency_conflict',
    `${what} The secret was in the first answer and is kept nowhere; when it is lost, take that one away and use a new Idempotency-Key.`,
  );
}

async function keepAnswer(tx: Tx, entry: Operation, call: Base, input: object, output: unknown): Promise<void> {
  const keys = idempotencyOf(entry, call, input);
  if (keys === undefined) return;
  // Never a secret: of such an answer only the id is kept, to name it.
  const made = output as { key?: string; id?: string };
  const answer = JSON.stringify(entry.showsSecret ? { made: made.key ?? made.id } : { answer: output });
  await insertAnswered(tx, { ...keys, operation: entry.name, answer, createdAt: call.at });
}

function idempotencyOf(entry: Operation, { caller, idempotencyKey, project }: Base, input: object) {
  if (!entry.creates || idempotencyKey === undefined || caller === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(idempotencyKey) || idempotencyKey.length > limits.idempotencyKeyCharsMax) {
    throw invalid(
      'Idempotency-Key',
      'header',
      `must be 1 to ${limits.idempotencyKeyCharsMax} visible ASCII characters`,
    );
  }
  const digest = (text: string) => hash('sha256', text, 'buffer');
  return {
    caller: actorOf(caller).id,
    digest: digest(idempotencyKey),
    // How it is to be answered may differ the next time.
    input: digest(
      JSON.stringify([{ ...input, wait: undefined, waitMs: undefined }, project, caller.home && caller.account]),
    ),
  };
}
