import type { Account } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { getAccount, managersOf, updateAccount } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import { type ChangeContext, callerOf } from '../../context.ts';
import { accountTarget, presentAccount } from './present-account.ts';

/** Activates or deactivates an account below the caller's, and with it its keys and members; repeating changes nothing. */
export async function switchAccount(context: ChangeContext, id: string, active: boolean): Promise<Account> {
  const managers = await managersOf(context.tx, id);
  if (!managers.includes(callerOf(context).account))
    throw new KeywrightError('not_found', `There is no account ${id} that this account manages.`);
  const before = await getAccount(context.tx, id);
  if (before.active !== active) {
    if (active) checkUnbound(context, 'let keys in again');
    await updateAccount(context.tx, id, { active });
    // In both logs: who manages it, and who is concerned, each find it in their own.
    context.record({ target: accountTarget(before) });
    context.record({ account: id, target: accountTarget(before) });
  }
  return presentAccount({ ...before, active });
}
