import type { Account } from '@keywright/contract';
import type { Account as StoredAccount } from '@keywright/store';
import { timeText } from '../../times.ts';

export function presentAccount({ id, name, active, managedBy, createdAt }: StoredAccount): Account {
  return { id, name, state: active ? 'active' : 'inactive', managedBy, createdAt: timeText(createdAt) };
}

export function accountTarget({ id, name }: { id: string; name: string }) {
  return { kind: 'account', id, name };
}
