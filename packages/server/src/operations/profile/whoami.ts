import { getAccount } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';

export const whoami: ReadHandler<'whoami'> = async context => {
  const { via, account, owner, permission, key } = callerOf(context);
  const { id, name } = await getAccount(context.db, account);
  return {
    via,
    account: { id, name },
    owner: { kind: owner.kind, id: owner.id, name: owner.name },
    role: owner.role,
    key: key?.key ?? null,
    keyName: key?.name ?? null,
    permission,
    expiresAt: timeOrNull(key?.expiresAt ?? null),
  };
};
