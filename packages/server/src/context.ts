import type { OperationName, OutputOf, ParsedOf } from '@keywright/contract';
import type { Scope } from '@keywright/core';
import { KeywrightError } from '@keywright/core';
import type { Db, NewEvent, Tx } from '@keywright/store';
import type { App } from './app.ts';
import type { Caller } from './callers/caller.ts';

/** What a reading handler gets. */
export interface ReadContext {
  app: App;
  db: Db;
  caller: Caller | undefined;
  /** Whether the caller's right reaches all of the account or only their own. */
  scope: Scope;
  at: number;
  /** Only what belongs to this project is there. */
  project?: string | undefined;
  address: string | null;
  userAgent: string | null;
}

/** What an event says beyond what `run` knows; the action is the operation's name unless said otherwise. */
export type Recorded = Pick<NewEvent, 'target'> & Partial<Omit<NewEvent, 'at' | 'address'>>;

/** What a changing handler gets: everything it writes, with its events, is one transaction. */
export interface ChangeContext extends ReadContext {
  tx: Tx;
  record: (event: Recorded) => void;
}

export type Handler<Name extends OperationName> = (
  context: ChangeContext,
  input: ParsedOf<Name>,
) => Promise<OutputOf<Name>> | OutputOf<Name>;
export type ReadHandler<Name extends OperationName> = (
  context: ReadContext,
  input: ParsedOf<Name>,
) => Promise<OutputOf<Name>> | OutputOf<Name>;
/** A handler as `run` sees it. What `prepare` answers, it gets as its third argument. */
export interface AnyHandler {
  (context: ReadContext, input: object, prepared?: unknown): unknown;
  prepare?: (context: ReadContext, input: object) => Promise<unknown>;
}

/** A change with slow work to be done before its transaction, in which all other changes wait: reading a large document, asking another server. */
export function prepared<Name extends OperationName, Prepared>(
  prepare: (context: ReadContext, input: ParsedOf<Name>) => Promise<Prepared>,
  handle: (context: ChangeContext, input: ParsedOf<Name>, prepared: Prepared) => Promise<OutputOf<Name>>,
): Handler<Name> {
  return Object.assign(handle as unknown as Handler<Name>, { prepare }); // `run` hands over what prepare answered
}

/** The caller of an operation that is not public: `run` has made sure that there is one. */
export function callerOf(context: ReadContext): Caller {
  if (context.caller === undefined) throw new KeywrightError('unauthenticated');
  return context.caller;
}

/** The only owner whose things the caller can reach, or undefined for everybody's. */
export function ownScope(context: ReadContext): string | undefined {
  return context.scope === 'all' ? undefined : callerOf(context).owner.id;
}
