import { newId } from '@keywright/core';
import {
  accountOfOwner,
  appendEvents,
  findOwner,
  findTopAccount,
  insertAccount,
  insertServiceAccount,
  lockChanges,
  type Tx,
  updateOwner,
} from '@keywright/store';
import type { App } from './app.ts';
import { type Caller, SYSTEM } from './callers/caller.ts';
import { CalledWrongly, type Config } from './config.ts';

/** Who acts where nobody has to say who they are: one service account, with an id of its own so that each start finds it again. */
const OPEN_ACCESS = { id: 'sva_openaccessopenaccess', name: 'Open access' };

export const OPEN_ACCESS_WARNING =
  'OPEN ACCESS: whoever reaches this server from this machine can do everything, without signing in. For trying out only: set it up, then start it without --open-access.';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Whether an address or the name of a host is this machine from within. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Whether a Host header names this machine from within; any other name could be one that a foreign page has bound to it. */
export function isLoopbackHost(host: string | undefined): boolean {
  return LOOPBACK_HOST.test(host ?? '');
}

/** Open access is for one machine alone. Throws CalledWrongly with the reason. */
export function checkOpenAccess({ host, publicUrl, trustedProxies }: Config): void {
  const refuse = (reason: string) => {
    throw new CalledWrongly(`Open access (--open-access or KEYWRIGHT_OPEN_ACCESS) is refused: ${reason}`);
  };
  if (!isLoopback(host))
    refuse(`others could reach ${host}. It works on a loopback address only, such as --host 127.0.0.1.`);
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname))
    refuse(`KEYWRIGHT_URL says that others reach this server at ${publicUrl}. Leave it out.`);
  if (trustedProxies.length > 0)
    refuse('KEYWRIGHT_TRUSTED_PROXIES says that others reach this server through a proxy. Leave it out.');
}

/** Makes sure that there is an account, and in it who acts with open access. Each start is an event. */
export async function prepareOpenAccess(app: App): Promise<void> {
  const at = app.now();
  const events = await app.store.transact(async tx => {
    await lockChanges(tx, app.store);
    const before = (await accountOfOwner(tx, OPEN_ACCESS.id)) ?? (await findTopAccount(tx));
    const account = before ?? (await makeAccount(tx, app, at));
    const owner = await findOwner(tx, account, OPEN_ACCESS.id);
    if (owner === undefined) {
      const about = 'Everybody on this machine while the server runs with open access.';
      await insertServiceAccount(tx, { ...OPEN_ACCESS, account, description: about, role: 'admin', createdAt: at });
    } else await updateOwner(tx, OPEN_ACCESS.id, { active: true, role: 'admin' });
    const target = { kind: 'service_account', ...OPEN_ACCESS };
    const event = {
      account,
      at,
      action: 'startOpenAccess',
      actor: SYSTEM,
      owner: null,
      target,
      details: {},
      address: null,
    };
    return appendEvents(tx, [event]);
  });
  app.feed.publish(events);
  app.log.warn(OPEN_ACCESS_WARNING);
}

async function makeAccount(tx: Tx, app: App, createdAt: number): Promise<string> {
  const id = newId('acc', app.random);
  await insertAccount(tx, { id, name: OPEN_ACCESS.name, createdAt });
  return id;
}

/** Who calls without any credential; nobody where that service account was taken away, until the next start. */
export async function openCallers({ store }: App): Promise<Caller[]> {
  const account = await accountOfOwner(store.db, OPEN_ACCESS.id);
  if (account === undefined) return [];
  const owner = await findOwner(store.db, account, OPEN_ACCESS.id);
  if (!owner?.active) return [];
  return [{ via: 'open_access', account, owner, permission: 'read_write', key: undefined, session: undefined }];
}
