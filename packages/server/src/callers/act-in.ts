import { invalid, KeywrightError } from '@keywright/core';
import { type Db, managersOf } from '@keywright/store';
import { type Caller, mayManage } from './caller.ts';

/** The header that names the account in which to act. */
export const ACCOUNT_HEADER = 'Keywright-Account';

/**
 * Chooses the account in which the caller acts: without a wish the first that they are of. In an account below one that they
 * administer they are an administrator, unless they are one there in their own right. Every other account is not there for them.
 */
export async function actIn(db: Db, homes: readonly Caller[], wish: string | undefined): Promise<Caller | undefined> {
  if (wish === undefined || homes.length === 0) return homes[0];
  if (!/^acc_[a-z2-7]{20}$/.test(wish))
    throw invalid(ACCOUNT_HEADER, 'header', 'must be the id of one account: acc_ and 20 characters');
  const own = homes.find(home => home.account === wish);
  if (own !== undefined && mayManage(own)) return own;
  const managers = await managersOf(db, wish);
  const home = homes.find(one => mayManage(one) && managers.includes(one.account));
  const found = home === undefined ? own : inManaged(wish, home);
  if (found === undefined) throw new KeywrightError('not_found', `There is no account ${wish} in which you can act.`);
  return found;
}

/** Never more than an administrator: what only owners do stays with the owners of that account. */
export function inManaged(account: string, home: Caller): Caller {
  return { ...home, account, home, owner: { ...home.owner, role: 'admin' } };
}
