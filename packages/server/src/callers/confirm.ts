import { broaderFields, grantSets, KeywrightError, keyState, reachOf, readNetworks } from '@keywright/core';
import {
  type Db,
  findOwner,
  getAccessKey,
  getAccount,
  hasSession,
  managersOf,
  projectState,
  type Tx,
} from '@keywright/store';
import type { Caller } from './caller.ts';

/**
 * Looks again at who calls, once no other change can come in between: who was switched off, demoted or signed out while this change
 * waited for its turn changes nothing any more.
 */
export async function confirmCaller(tx: Tx, caller: Caller, at: number): Promise<void> {
  if (caller.home !== undefined) {
    await confirmCaller(tx, caller.home, at);
    const managers = await managersOf(tx, caller.account);
    if (!managers.includes(caller.home.account))
      throw new KeywrightError('not_found', `There is no account ${caller.account} in which you can act.`);
    return;
  }
  const owner = await findOwner(tx, caller.account, caller.owner.id);
  if (!owner?.active || owner.role !== caller.owner.role) throw new KeywrightError('unauthenticated');
  if (!(await getAccount(tx, caller.account)).active) throw new KeywrightError('account_inactive');
  if (caller.session !== undefined && !(await hasSession(tx, caller.session.id))) {
    throw new KeywrightError('unauthenticated', 'Your session has ended. Sign in again.');
  }
  if (caller.key === undefined) return;
  const key = await getAccessKey(tx, { account: caller.account, owner: owner.id }, caller.key.key);
  if (key === undefined) throw new KeywrightError('unknown');
  const state = keyState(key, at);
  if (state !== 'active') throw new KeywrightError(state);
  const reach = { ...key, networks: readNetworks(key.networks), grants: grantSets(key.grants) };
  if (broaderFields(reachOf(caller.key), reach).length > 0)
    throw new KeywrightError('permission_denied', 'The access key was narrowed while its call waited. Try again.');
}

/** The project at whose endpoint the call came in must be one of the account; where something changes, one that is not archived. */
export async function confirmProject(db: Db, account: string, project: string, reading: boolean): Promise<void> {
  const state = await projectState(db, account, project);
  if (state === undefined) throw new KeywrightError('not_found', `There is no project ${project}.`);
  if (state === 'archived' && !reading)
    throw new KeywrightError('conflict', 'The project is archived. Unarchive it first.');
}
