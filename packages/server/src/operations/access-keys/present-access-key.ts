import type { AccessKey } from '@keywright/contract';
import { type KeyId, KeywrightError, keyState } from '@keywright/core';
import { getAccessKey, type StoredKey } from '@keywright/store';
import { callerOf, ownScope, type ReadContext } from '../../context.ts';
import { timeOrNull, timeText } from '../../times.ts';

/** A key as every door shows it. */
export function presentAccessKey(key: StoredKey, at: number): AccessKey {
  const { name, description, enabled, permission, owner, creator, project, networks, tags, legacy, lastUsed } = key;
  return {
    key: key.key,
    name,
    description,
    state: keyState(key, at),
    enabled,
    permission,
    owner: { kind: owner.kind, id: owner.id, name: owner.name },
    creator: creator as AccessKey['creator'], // written from a caller, whose kinds these are
    project,
    createdAt: timeText(key.createdAt),
    expiresAt: timeOrNull(key.expiresAt),
    notBefore: timeOrNull(key.notBefore),
    networks,
    tags,
    legacy,
    lastUsed: lastUsed && { ...lastUsed, at: timeText(lastUsed.at) },
  };
}

/** The key, if the caller can reach it; foreign and absent are one answer. */
export async function reachableKey(context: ReadContext, key: KeyId): Promise<StoredKey> {
  const scope = { account: callerOf(context).account, owner: ownScope(context) };
  const found = await getAccessKey(context.db, scope, key);
  if (found === undefined) throw new KeywrightError('not_found', `There is no access key ${key}.`);
  return found;
}

export function keyTarget(key: { key: string; name: string | null }) {
  return { kind: 'access_key', id: key.key, name: key.name };
}
