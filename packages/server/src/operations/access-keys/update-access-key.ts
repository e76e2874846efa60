import { type KeyPolicy, NOTICE_KINDS } from '@keywright/core';
import { deleteNotices, type KeyFields, type StoredKey, updateAccessKey as update } from '@keywright/store';
import { type ChangeContext, callerOf, type Handler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';
import { keyRules } from '../key-policy/key-rules.ts';
import { checkTighter } from '../limits/check-limits.ts';
import { checkGrants } from './check-grants.ts';
import { checkKey } from './check-key.ts';
import { grantsForEvent, keyTarget, presentAccessKey, reachableKey } from './present-access-key.ts';

export const updateAccessKey: Handler<'updateAccessKey'> = async (context, input) => {
  const { key: id, ...change } = input;
  const before = await reachableKey(context, id);
  const given: Partial<KeyFields> = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  // Only a restricted key has grants: another permission leaves none behind.
  if (given.permission !== undefined && given.permission !== 'restricted') given.grants ??= {};
  return changeKey(context, before, given);
};

/** Changes fields of a key and says in the event what changed from what. A change that changes nothing leaves no event. */
export async function changeKey(context: ChangeContext, before: StoredKey, change: Partial<KeyFields>) {
  const after = { ...before, ...change };
  const changed = changedFields(before, after);
  if (changed.length > 0) {
    const caller = callerOf(context);
    // Switching a key off must always be possible, whatever the rules have become.
    if (changed.some(field => field !== 'enabled') || after.enabled) {
      checkKey(after, relaxed((await keyRules(context, before.project)).policy, changed), caller);
    }
    checkTighter(context, before, after);
    if (changed.includes('permission') || changed.includes('grants')) await checkGrants(context, after, before.grants);
    await update(context.tx, before.key, after);
    after.notices = await noticesLeft(context, before, changed);
    const details = Object.fromEntries(
      changed.map(field => [field, { from: shown(field, before), to: shown(field, after) }]),
    );
    context.record({ target: keyTarget(after), owner: before.owner.id, details });
  }
  return presentAccessKey(after, context.at);
}

/** Who edits a key knows of it: only an expiry that stays as it is needs no new notice. */
async function noticesLeft({ tx }: ChangeContext, { key, notices }: StoredKey, changed: readonly string[]) {
  if (notices.length === 0) return notices;
  const left = notices.filter(({ kind }) => kind === 'expiring' && !changed.includes('expiresAt'));
  await deleteNotices(
    tx,
    key,
    NOTICE_KINDS.filter(kind => !left.some(notice => notice.kind === kind)),
  );
  return left;
}

const FIELDS = [
  'name',
  'description',
  'permission',
  'grants',
  'expiresAt',
  'notBefore',
  'networks',
  'tags',
  'rateLimits',
  'quotas',
  'enabled',
] as const;

function changedFields(before: KeyFields, after: KeyFields) {
  return FIELDS.filter(field => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

/** A field as people read it in the audit log. */
function shown(field: (typeof FIELDS)[number], key: KeyFields): unknown {
  if (field === 'grants') return grantsForEvent(key.grants);
  return field === 'expiresAt' || field === 'notBefore' ? timeOrNull(key[field]) : key[field];
}

/** The policy binds what is changed; a key from before the rule keeps what it has. */
function relaxed(policy: KeyPolicy, changed: readonly string[]): KeyPolicy {
  return {
    ...policy,
    nameRequired: policy.nameRequired && changed.includes('name'),
    lifetimeDaysMax: changed.includes('expiresAt') ? policy.lifetimeDaysMax : null,
    permissionsAllowed: changed.includes('permission') ? policy.permissionsAllowed : null,
    networksRequired: policy.networksRequired && changed.includes('networks'),
  };
}
