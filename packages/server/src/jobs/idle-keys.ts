import { DAY_MS } from '@keywright/core';
import {
  deactivateKey,
  deleteNotices,
  findDueKeys,
  findKeyRules,
  type KeyRules,
  type NoticedKey,
  type Tx,
} from '@keywright/store';
import type { App } from '../app.ts';
import { timeText } from '../times.ts';
import { bySystem, type SystemEvent } from './by-system.ts';

const KEYS_AT_ONCE = 200;

/** Deactivates the keys whose owners were told that it would happen by now. What no longer holds is taken back instead. */
export async function deactivateIdleKeys(app: App, at: number): Promise<void> {
  while ((await findDueKeys(app.store.db, at, 1)).length > 0) {
    await bySystem(app, async (tx, record) => {
      const known = new Map<string, KeyRules | undefined>();
      for (const key of await findDueKeys(tx, at, KEYS_AT_ONCE)) {
        const rules = await rulesOf(tx, known, key);
        if (rules !== undefined && isIdle(key, rules, at)) {
          await deactivateKey(tx, key.key);
          record(deactivated(key, at));
        }
        await deleteNotices(tx, key.key, ['idle']);
      }
    });
  }
}

/** Each account or project of the page is read once. */
async function rulesOf(tx: Tx, known: Map<string, KeyRules | undefined>, { account, project }: NoticedKey) {
  const place = project ?? account;
  if (!known.has(place)) known.set(place, await findKeyRules(tx, account, project));
  return known.get(place);
}

/** Whether the rule that is in force now still asks for it, and nobody has used the key since the notice. */
function isIdle(key: NoticedKey & { noticedAt: number }, { policy, idleSince }: KeyRules, at: number): boolean {
  if (!key.enabled || policy.idleDaysMax === null || key.unusedSince > key.noticedAt) return false;
  return Math.max(key.unusedSince, idleSince) + policy.idleDaysMax * DAY_MS <= at;
}

function deactivated(key: NoticedKey, at: number): SystemEvent {
  return {
    account: key.account,
    at,
    action: 'deactivateAccessKey',
    owner: key.owner,
    target: { kind: 'access_key', id: key.key, name: key.name },
    details: { enabled: { from: true, to: false }, reason: 'idle', unusedSince: timeText(key.unusedSince) },
  };
}
