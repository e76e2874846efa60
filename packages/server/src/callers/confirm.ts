import { KeywrightError, keyState } from '@keywright/core';
import { findOwner, getAccessKey, hasSession, type Tx } from '@keywright/store';
import type { Caller } from './caller.ts';

/**
 * Looks again at who calls, once no other change can come in between: who was switched off, demoted or signed out while this change
 * waited for its turn changes nothing any more.
 */
export async function confirmCaller(tx: Tx, caller: Caller, at: number): Promise<void> {
  const owner = await findOwner(tx, caller.account, caller.owner.id);
  if (!owner?.active || owner.role !== caller.owner.role) throw new KeywrightError('unauthenticated');
  if (caller.session !== undefined && !(await hasSession(tx, caller.session.id))) {
    throw new KeywrightError('unauthenticated', 'Your session has ended. Sign in again.');
  }
  if (caller.key === undefined) return;
  const key = await getAccessKey(tx, { account: caller.account, owner: owner.id }, caller.key.key);
  if (key === undefined) throw new KeywrightError('unknown');
  const state = keyState(key, at);
  if (state !== 'active') throw new KeywrightError(state);
}
