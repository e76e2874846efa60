import { DAY_MS, type KeyPolicy } from './key-policy.ts';

/** What the owner of a key is told: that it is about to be deactivated because nobody uses it, or that it expires. */
export const NOTICE_KINDS = ['idle', 'expiring'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface Notice {
  kind: NoticeKind;
  /** When it was given. */
  at: number;
  /** When the key stops working. */
  dueAt: number;
}

type IdleRules = Pick<KeyPolicy, 'idleDaysMax' | 'noticeDays'>;

/** For how long a key must be unused before its owner hears of it; never, where no rule asks for it. */
export function idleNoticeMs({ idleDaysMax, noticeDays }: IdleRules): number {
  if (idleDaysMax === null) return Number.POSITIVE_INFINITY;
  // Where the notice is longer than the idleness allowed, it comes half-way and not with the creation.
  return (idleDaysMax > noticeDays ? idleDaysMax - noticeDays : idleDaysMax / 2) * DAY_MS;
}

/** When a key that is unused since then is deactivated, if the notice is given now. */
export function idleDueAt({ idleDaysMax, noticeDays }: IdleRules, unusedSince: number, noticeAt: number): number {
  return Math.max(unusedSince + (idleDaysMax ?? 0) * DAY_MS, noticeAt + noticeDays * DAY_MS);
}

/** A notice that still says what will happen: using a key takes the one back that it is idle. */
export function standingNotice(
  notices: readonly Notice[],
  key: { enabled: boolean; lastUsedAt: number | null },
): Notice | null {
  const used = key.lastUsedAt ?? Number.NEGATIVE_INFINITY;
  const standing = notices.filter(({ kind, at }) => kind === 'expiring' || (key.enabled && used <= at));
  return standing.toSorted((a, b) => a.dueAt - b.dueAt)[0] ?? null;
}
