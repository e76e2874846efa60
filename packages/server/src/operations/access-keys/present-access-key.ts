import type { AccessKey } from '@keywright/contract';
import { type Grants, type KeyId, KeywrightError, keyState, standingNotice } from '@keywright/core';
import { getAccessKey, type StoredKey } from '@keywright/store';
import { callerOf, ownScope, type ReadContext } from '../../context.ts';
import { timeOrNull, timeText } from '../../times.ts';
import { presentLimits } from '../limits/present-limits.ts';

/** A key as every door shows it. */
export function presentAccessKey(key: StoredKey, at: number): AccessKey {
  const { name, description, enabled, permission, grants, owner, creator, project, networks, tags, legacy, lastUsed } =
    key;
  return {
    key: key.key,
    name,
    description,
    state: keyState(key, at),
    enabled,
    permission,
    grants: grants as AccessKey['grants'], // the lists are readonly inside only
    owner: { kind: owner.kind, id: owner.id, name: owner.name },
    creator: creator as AccessKey['creator'], // written from a caller, whose kinds these are
    project,
    createdAt: timeText(key.createdAt),
    expiresAt: timeOrNull(key.expiresAt),
    notBefore: timeOrNull(key.notBefore),
    networks,
    tags,
    ...presentLimits(key),
    legacy,
    lastUsed: lastUsed && { ...lastUsed, at: timeText(lastUsed.at) },
    notice: presentNotice(key),
  };
}

function presentNotice({ notices, enabled, lastUsed }: StoredKey): AccessKey['notice'] {
  const notice = standingNotice(notices, { enabled, lastUsedAt: lastUsed?.at ?? null });
  if (notice === null) return null;
  const { kind, at, dueAt } = notice;
  const due = timeText(dueAt);
  const deactivatesAt = kind === 'idle' ? due : null;
  return { kind, noticedAt: timeText(at), deactivatesAt, expiresAt: kind === 'expiring' ? due : null };
}

/** The key, if the caller can reach it; foreign and absent are one answer. */
export async function reachableKey(context: ReadContext, key: KeyId): Promise<StoredKey> {
  const scope = { account: callerOf(context).account, owner: ownScope(context), project: context.project };
  const found = await getAccessKey(context.db, scope, key);
  if (found === undefined) throw new KeywrightError('not_found', `There is no access key ${key}.`);
  return found;
}

export function keyTarget(key: { key: string; name: string | null }) {
  return { kind: 'access_key', id: key.key, name: key.name };
}

const LISTED_MAX = 50;

/** Grants as an event tells them: of long lists the beginning, so that no line of the log grows without bound. */
export function grantsForEvent(grants: Grants): Grants {
  const shorten = (list: readonly string[]) =>
    list.length <= LISTED_MAX ? list : [...list.slice(0, LISTED_MAX), `and ${list.length - LISTED_MAX} more`];
  return Object.fromEntries(
    Object.entries(grants).map(([api, grant]) => [api, typeof grant === 'string' ? grant : shorten(grant)]),
  );
}
