import { setImmediate as breathe } from 'node:timers/promises';
import { DAY_MS, idleDueAt, idleNoticeMs, type NoticeKind } from '@keywright/core';
import {
  type After,
  activeAccountsAfter,
  type Db,
  FROM_THE_FIRST,
  findExpiringKeys,
  findIdleKeys,
  findKeyRules,
  insertNotices,
  type KeyRules,
  type NoticedKey,
  type NoticePage,
  projectsWithIdleRule,
} from '@keywright/store';
import type { App } from '../app.ts';
import { timeText } from '../times.ts';
import { bySystem, type SystemEvent } from './by-system.ts';

const ACCOUNTS_AT_ONCE = 100;
const KEYS_AT_ONCE = 500;

/** Tells the owners of keys what is about to happen to them: each once, as long as it holds. */
export async function giveNotices(app: App, at: number): Promise<void> {
  let accounts: string[] = [];
  do {
    accounts = await activeAccountsAfter(app.store.db, accounts.at(-1) ?? '', ACCOUNTS_AT_ONCE);
    for (const account of accounts) {
      const rules = await findKeyRules(app.store.db, account, null);
      if (rules !== undefined) await noticeExpiring(app, rules, at);
      for (const project of [null, ...(await projectsWithIdleRule(app.store.db, account))]) {
        await noticeIdle(app, account, project, at);
      }
    }
  } while (accounts.length === ACCOUNTS_AT_ONCE);
}

async function noticeExpiring(app: App, { account, policy }: KeyRules, at: number): Promise<void> {
  const expiring = { at, noticeMs: policy.noticeDays * DAY_MS };
  const find: Find = (db, after) => findExpiringKeys(db, account.id, expiring, after, KEYS_AT_ONCE);
  await notice(app, 'expiring', at, find, ({ expiresAt }) => expiresAt ?? at);
}

async function noticeIdle(app: App, account: string, project: string | null, at: number): Promise<void> {
  const rules = await findKeyRules(app.store.db, account, project);
  if (rules === undefined || rules.policy.idleDaysMax === null) return;
  const { policy, idleSince } = rules;
  const unusedSince = at - idleNoticeMs(policy);
  // Nothing is unused for so long while the rule is younger than that.
  if (idleSince > unusedSince) return;
  const find: Find = (db, after) => findIdleKeys(db, { account, project }, { at, unusedSince }, after, KEYS_AT_ONCE);
  await notice(app, 'idle', at, find, key => idleDueAt(policy, Math.max(key.unusedSince, idleSince), at));
}

type Find = (db: Db, after: After) => Promise<NoticePage>;

/** Gives the notice to the keys that are found, page by page. */
async function notice(app: App, kind: NoticeKind, at: number, find: Find, dueAt: (key: NoticedKey) => number) {
  let after: After | undefined = FROM_THE_FIRST;
  while (after !== undefined) {
    const from: After = after;
    const { keys, next } = await find(app.store.db, from);
    if (keys.length > 0) {
      await bySystem(app, async (tx, record) => {
        // Looked for again under the lock: another node may have been here.
        const { keys } = await find(tx, from);
        const due = keys.map(key => ({ key: key.key, dueAt: dueAt(key) }));
        if (due.length > 0) await insertNotices(tx, kind, at, due);
        for (const key of keys) record(noticeEvent(key, kind, at, dueAt(key)));
      });
    }
    after = next;
    // SQLite answers at once: let requests in between.
    await breathe();
  }
}

function noticeEvent(key: NoticedKey, kind: NoticeKind, at: number, dueAt: number): SystemEvent {
  const due = timeText(dueAt);
  const what = kind === 'idle' ? { unusedSince: timeText(key.unusedSince), deactivatesAt: due } : { expiresAt: due };
  return {
    account: key.account,
    at,
    action: 'noticeAccessKey',
    owner: key.owner,
    target: { kind: 'access_key', id: key.key, name: key.name },
    details: { kind, ...what },
  };
}
