import { getAccount, type KeyFields, type StoredKey, updateAccessKey as update } from '@keywright/store';
import { type ChangeContext, callerOf, type Handler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';
import { checkKey } from './check-key.ts';
import { keyTarget, presentAccessKey, reachableKey } from './present-access-key.ts';

export const updateAccessKey: Handler<'updateAccessKey'> = async (context, input) => {
  const { key: id, ...change } = input;
  const before = await reachableKey(context, id);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
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
      checkKey(after, relaxed((await getAccount(context.tx, caller.account)).keyPolicy, changed), caller);
    }
    await update(context.tx, before.key, after);
    const details = Object.fromEntries(
      changed.map(field => [field, { from: shown(field, before), to: shown(field, after) }]),
    );
    context.record({ target: keyTarget(after), owner: before.owner.id, details });
  }
  return presentAccessKey(after, context.at);
}

const FIELDS = ['name', 'description', 'permission', 'expiresAt', 'notBefore', 'networks', 'tags', 'enabled'] as const;

function changedFields(before: KeyFields, after: KeyFields) {
  return FIELDS.filter(field => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

/** A field as people read it in the audit log. */
function shown(field: (typeof FIELDS)[number], key: KeyFields): unknown {
  return field === 'expiresAt' || field === 'notBefore' ? timeOrNull(key[field]) : key[field];
}

/** The policy binds what is changed; a key from before the rule keeps what it has. */
function relaxed<Policy extends { nameRequired: boolean; lifetimeDaysMax: number | null }>(
  policy: Policy,
  changed: readonly string[],
): Policy {
  return {
    ...policy,
    nameRequired: policy.nameRequired && changed.includes('name'),
    lifetimeDaysMax: changed.includes('expiresAt') ? policy.lifetimeDaysMax : null,
  };
}
