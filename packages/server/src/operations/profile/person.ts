import { KeywrightError } from '@keywright/core';
import { callerOf, type ReadContext } from '../../context.ts';

/** The signed-in person and their session; the operations here are for sessions only. */
export function personOf(context: ReadContext): { id: string; person: string } {
  const { session } = callerOf(context);
  if (session === undefined) throw new KeywrightError('session_required');
  return session;
}
