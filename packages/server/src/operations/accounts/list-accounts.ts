import type { ReachedAccount } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { listReachedAccounts, membershipsOf, type ReachedAccount as Stored } from '@keywright/store';
import { atHome, type Caller, mayManage } from '../../callers/caller.ts';
import { callerOf, type ReadContext, type ReadHandler } from '../../context.ts';
import { presentAccount } from './present-account.ts';

export const listAccounts: ReadHandler<'listAccounts'> = async (context, input) => {
  const homes = await homesOf(context, atHome(callerOf(context)));
  const page = await listReachedAccounts(context.db, homes, input);
  const roles = new Map(homes.map(({ account, role, manages }) => [account, { role, manages }]));
  return { ...page, items: page.items.map(one => presentReached(one, roles.get(one.id))) };
};

/** The accounts that the caller is of: a person may be in several. */
async function homesOf(context: ReadContext, caller: Caller) {
  const { account, owner, session } = caller;
  if (session === undefined) return [{ account, role: owner.role, manages: mayManage(caller) }];
  const memberships = await membershipsOf(context.db, session.person);
  return memberships.map(({ account, role }) => {
    const manages = mayManage({ ...caller, owner: { ...owner, role } });
    return { account, role, manages };
  });
}

/** As `actIn` decides it: in their own right where that is at least as much as managing gives. */
function presentReached(account: Stored, own: { role: Role; manages: boolean } | undefined): ReachedAccount {
  const shown = presentAccount(account);
  if (own !== undefined && (own.manages || account.managedDepth === null))
    return { ...shown, role: own.role, way: 'member', depth: 0 };
  return { ...shown, role: 'admin', way: 'managed', depth: account.managedDepth ?? 0 };
}
