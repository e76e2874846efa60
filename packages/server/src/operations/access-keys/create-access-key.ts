import {
  formatToken,
  grantLists,
  invalid,
  type KeyPolicy,
  KeywrightError,
  latestExpiry,
  narrower,
  newKeyId,
  newSecret,
  ownLimitsOf,
  type Permitted,
  whyNotAnotherKey,
  whyNotCreate,
} from '@keywright/core';
import { countKeysOf, findOwner, insertAccessKey, type KeyRules, type NewKey, projectState } from '@keywright/store';
import { digestOf } from '@keywright/verifier';
import { actorOf, type Caller } from '../../callers/caller.ts';
import { type ChangeContext, callerOf, type Handler, ownScope } from '../../context.ts';
import { keyRules } from '../key-policy/key-rules.ts';
import { changedLimits } from '../limits/check-limits.ts';
import { checkGrants } from './check-grants.ts';
import { checkKey } from './check-key.ts';
import { grantsForEvent, keyTarget, presentAccessKey } from './present-access-key.ts';

export const createAccessKey: Handler<'createAccessKey'> = async (context, input) => {
  const { app, tx, at } = context;
  const caller = callerOf(context);
  const owner = await ownerOf(context, caller, input.owner ?? ownIdOf(caller));
  const project = await projectFor(context, input.project);
  const rules = await keyRules(context, project);
  const { policy } = rules;
  await checkRoom(context, rules, owner.id);
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
    project,
    ...permittedBy(input, caller, policy),
    expiresAt: input.expiresAt === undefined ? defaultExpiry(policy, caller, at) : input.expiresAt,
    notBefore: input.notBefore ?? null,
    networks: input.networks ?? caller.key?.networks.map(network => network.text) ?? [],
    tags: input.tags ?? [],
    // Where nothing is asked for: those of the calling key.
    ...changedLimits(ownLimitsOf(caller.key?.limits ?? []), input),
    enabled: true,
  };
  if (row.expiresAt !== null && row.expiresAt <= at)
    throw invalid('expiresAt', 'past', 'lies in the past: choose a later time');
  checkKey(row, policy, caller);
  await checkGrants(context, row);
  await insertAccessKey(tx, row);
  const shown = presentAccessKey({ ...row, owner, archived: false, lastUsed: null, notices: [] }, at);
  const { name, permission, expiresAt, notBefore, networks, rateLimits, quotas } = shown;
  const grants = permission === 'restricted' ? { grants: grantsForEvent(row.grants) } : {};
  const limited = rateLimits.length + quotas.length > 0 ? { rateLimits, quotas } : {};
  const details = {
    owner: owner.name,
    name,
    permission,
    ...grants,
    expiresAt,
    notBefore,
    networks,
    project,
    ...limited,
  };
  context.record({ target: keyTarget(row), owner: owner.id, details });
  return { ...shown, secret: secret.reveal(), token: formatToken(policy.tokenPrefix, key, secret).reveal() };
};

/** Who acts in an account that theirs manages owns nothing there. */
function ownIdOf(caller: Caller): string {
  if (caller.home === undefined) return caller.owner.id;
  throw invalid(
    'owner',
    'required',
    'is needed: you are no owner of keys in this account. Name one of its members or service accounts',
  );
}

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

/** At the endpoint of a project the key belongs to that project; elsewhere to the one that is named, or to none. */
async function projectFor(context: ChangeContext, named: string | null | undefined): Promise<string | null> {
  if (context.project !== undefined && named !== undefined && named !== context.project) {
    throw invalid('project', 'endpoint', 'the keys made at this endpoint belong to its project: leave it out');
  }
  const project = named ?? context.project ?? null;
  if (project === null) return null;
  const state = await projectState(context.tx, callerOf(context).account, project);
  if (state === undefined) throw invalid('project', 'not_found', 'there is no such project in this account');
  if (state === 'archived')
    throw new KeywrightError('conflict', 'The project is archived, so a key of it would not work. Unarchive it first.');
  return project;
}

/** Whether the caller may create keys at all, and the owner have one more, in the account and in the project. */
async function checkRoom(context: ChangeContext, { policy, account, project }: KeyRules, owner: string): Promise<void> {
  const forbidden = whyNotCreate(policy, callerOf(context).owner.role);
  if (forbidden !== undefined) throw new KeywrightError('forbidden', forbidden);
  let full = whyNotAnotherKey(account.policy, await countKeysOf(context.tx, owner));
  if (full === undefined && project?.own.keysPerOwnerMax !== undefined)
    full = whyNotAnotherKey(policy, await countKeysOf(context.tx, owner, project.id), ' in this project');
  if (full !== undefined) throw new KeywrightError('key_limit_reached', full);
}

/** Where nothing is asked for: what the key policy gives, and no more than the calling key may do itself. */
function permittedBy(
  { permission, grants }: Partial<Permitted>,
  { key, permission: own }: Caller,
  { permissionDefault }: KeyPolicy,
): Permitted {
  if (permission !== undefined || grants !== undefined)
    return { permission: permission ?? 'restricted', grants: grants ?? {} };
  // A policy that lets keys begin with nothing hands nothing on either.
  const inherited = permissionDefault === 'restricted' ? {} : grantLists(key?.grants ?? {});
  return { permission: narrower(permissionDefault, own), grants: inherited };
}

/** Where nothing is asked for: as long as the policy allows, and no longer than the calling key. */
function defaultExpiry(policy: KeyPolicy, caller: Caller, at: number): number | null {
  const bounds = [latestExpiry(policy, at), caller.key?.expiresAt ?? null].filter(bound => bound !== null);
  return bounds.length === 0 ? null : Math.min(...bounds);
}
