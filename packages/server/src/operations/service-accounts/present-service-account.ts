import type { ServiceAccount } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { getServiceAccount, type ServiceAccount as Stored } from '@keywright/store';
import { callerOf, type ReadContext } from '../../context.ts';
import { timeText } from '../../times.ts';
import { presentLimits } from '../limits/present-limits.ts';

export function presentServiceAccount(account: Stored): ServiceAccount {
  const { id, name, description, role, active, keys, createdAt } = account;
  const state = active ? 'active' : 'inactive';
  return { id, name, description, role, state, keys, createdAt: timeText(createdAt), ...presentLimits(account) };
}

export async function serviceAccountById(context: ReadContext, id: string): Promise<Stored> {
  const found = await getServiceAccount(context.db, callerOf(context).account, id);
  if (found === undefined) throw new KeywrightError('not_found', `There is no service account ${id}.`);
  return found;
}

export function serviceAccountTarget(one: { id: string; name: string }) {
  return { kind: 'service_account', id: one.id, name: one.name };
}
