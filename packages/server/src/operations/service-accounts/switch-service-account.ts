import type { ServiceAccount } from '@keywright/contract';
import { updateOwner } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import type { ChangeContext } from '../../context.ts';
import { presentServiceAccount, serviceAccountById, serviceAccountTarget } from './present-service-account.ts';

/** Activates or deactivates it, and with it all its keys; repeating changes nothing. */
export async function switchServiceAccount(
  context: ChangeContext,
  id: string,
  active: boolean,
): Promise<ServiceAccount> {
  const before = await serviceAccountById(context, id);
  if (before.active !== active) {
    if (active) checkUnbound(context, 'let keys in again');
    await updateOwner(context.tx, id, { active });
    context.record({ target: serviceAccountTarget(before), details: { keys: before.keys } });
  }
  return presentServiceAccount({ ...before, active });
}
