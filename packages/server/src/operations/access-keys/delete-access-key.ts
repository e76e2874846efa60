import { KeywrightError, whyNotDelete } from '@keywright/core';
import { deleteAccessKey as remove, type StoredKey } from '@keywright/store';
import type { ChangeContext, Handler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';
import { keyRules } from '../key-policy/key-rules.ts';
import { keyTarget, reachableKey } from './present-access-key.ts';

export const deleteAccessKey: Handler<'deleteAccessKey'> = async (context, input) => {
  const key = await reachableKey(context, input.key);
  const { policy } = await keyRules(context, key.project);
  const forbidden = whyNotDelete(key.enabled, policy.deleteRequiresInactive);
  if (forbidden !== undefined) throw new KeywrightError('conflict', forbidden);
  await removeKey(context, key);
  return { done: true };
};

/** Deletes a key for good; its event keeps name, id and last use. */
export async function removeKey(context: ChangeContext, key: StoredKey): Promise<void> {
  await remove(context.tx, key.key);
  context.record({
    action: 'deleteAccessKey',
    target: keyTarget(key),
    owner: key.owner.id,
    details: { owner: key.owner.name, lastUsed: timeOrNull(key.lastUsed?.at ?? null) },
  });
}
