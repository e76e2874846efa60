import type { Account } from '@keywright/contract';
import type { Account as StoredAccount } from '@keywright/store';
import { timeText } from '../../times.ts';
import { presentLimits } from '../limits/present-limits.ts';

export function presentAccount(account: StoredAccount): Account {
  const { id, name, active, managedBy, createdAt } = account;
  const state = active ? 'active' : 'inactive';
  return { id, name, state, managedBy, createdAt: timeText(createdAt), ...presentLimits(account) };
}

export function accountTarget({ id, name }: { id: string; name: string }) {
  return { kind: 'account', id, name };
}
