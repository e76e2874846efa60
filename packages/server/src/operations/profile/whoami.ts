import { getAccount } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';

export const whoami: ReadHandler<'whoami'> = async context => {
  const { via, account, home, owner, permission, key } = callerOf(context);
  const { id, name } = await getAccount(context.db, account);
  const from = home && (await getAccount(context.db, home.account));
  return {
    via,
    account: { id, name },
    home: from ? { id: from.id, name: from.name } : null,
    owner: { kind: owner.kind, id: owner.id, name: owner.name },
    role: owner.role,
    key: key?.key ?? null,
    keyName: key?.name ?? null,
    permission,
    expiresAt: timeOrNull(key?.expiresAt ?? null),
  };
};
