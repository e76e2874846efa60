import {
  formatToken,
  invalid,
  type KeyPolicy,
  KeywrightError,
  latestExpiry,
  newKeyId,
  newSecret,
  whyNotAnotherKey,
} from '@keywright/core';
import { countKeysOf, findOwner, getAccount, hasProject, insertAccessKey, type NewKey } from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { actorOf, type Caller } from '../../callers/caller.ts';
import { type ChangeContext, callerOf, type Handler, ownScope } from '../../context.ts';
import { checkKey } from './check-key.ts';
import { keyTarget, presentAccessKey } from './present-access-key.ts';

export const createAccessKey: Handler<'createAccessKey'> = async (context, input) => {
  const { app, tx, at } = context;
  const caller = callerOf(context);
  const owner = await ownerOf(context, caller, input.owner ?? caller.owner.id);
  const policy = (await getAccount(tx, caller.account)).keyPolicy;
  await checkRoom(context, policy, owner.id);
  if (input.project && !(await hasProject(tx, caller.account, input.project))) {
    throw invalid('project', 'not_found', 'there is no such project in this account');
  }
  const key = newKeyId(app.random);
  const secret = newSecret(key, app.random);
  const row: NewKey = {
    key,
    digest: digestOf(secret),
    account: caller.account,
    owner: owner.id,
    creator: actorOf(caller),
    legacy: false,
    createdAt: at,
    name: input.name ?? null,
    description: input.description ?? null,
    project: input.project ?? null,
    permission: input.permission ?? caller.permission,
    expiresAt: input.expiresAt === undefined ? defaultExpiry(policy, caller, at) : input.expiresAt,
    notBefore: input.notBefore ?? null,
    networks: input.networks ?? caller.key?.networks.map(network => network.text) ?? [],
    tags: input.tags ?? [],
    enabled: true,
  };
  if (row.expiresAt !== null && row.expiresAt <= at)
    throw invalid('expiresAt', 'past', 'lies in the past: choose a later time');
  checkKey(row, policy, caller);
  await insertAccessKey(tx, row);
  const shown = presentAccessKey({ ...row, owner, lastUsed: null }, at);
  const { name, permission, expiresAt, notBefore, networks, project } = shown;
  const details = { owner: owner.name, name, permission, expiresAt, notBefore, networks, project };
  context.record({ target: keyTarget(row), owner: owner.id, details });
  return { ...shown, secret: secret.reveal(), token: formatToken(policy.tokenPrefix, key, secret).reveal() };
};

/** Whose key it will be: one's own, or somebody else's for those who answer for all keys. */
async function ownerOf(context: ChangeContext, caller: Caller, id: string) {
  const own = ownScope(context);
  const owner = own === undefined || own === id ? await findOwner(context.tx, caller.account, id) : undefined;
  if (owner === undefined)
    throw new KeywrightError('not_found', `There is no owner ${id} for whom you can create access keys.`);
  // Who holds the secret of an owner's key has an owner's rights.
  if (owner.role === 'owner' && caller.owner.role !== 'owner') {
    throw new KeywrightError('forbidden', 'Only an owner can create access keys for an owner.');
  }
  if (!owner.active)
    throw new KeywrightError(
      'conflict',
      'The owner is not active, so a key of theirs would not work. Activate the owner first.',
    );
  return owner;
}

async function checkRoom(context: ChangeContext, policy: KeyPolicy, owner: string): Promise<void> {
  const full = whyNotAnotherKey(policy, await countKeysOf(context.tx, owner));
  if (full !== undefined) throw new KeywrightError('key_limit_reached', full);
}

/** Where nothing is asked for: as long as the policy allows, and no longer than the calling key. */
function defaultExpiry(policy: KeyPolicy, caller: Caller, at: number): number | null {
  const bounds = [latestExpiry(policy, at), caller.key?.expiresAt ?? null].filter(bound => bound !== null);
  return bounds.length === 0 ? null : Math.min(...bounds);
}
