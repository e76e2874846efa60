import { actingAccount } from '../api/client.ts';
import type { Me } from '../me.ts';

/** Where the console acts in that account. A page load goes there, so that nothing read in another account stays. */
export function accountAddress(account: string, me: Me): string {
  const own = me.home?.id ?? (actingAccount() === undefined ? me.account.id : undefined);
  return account === own ? '/' : `/?account=${encodeURIComponent(account)}`;
}
