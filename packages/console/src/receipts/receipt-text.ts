import { nameAmong, type Receipt } from '@keywright/contract';
import { exactTime } from '../format.ts';
import { countedKinds, type Follower, msText } from '../verifiers/followers.ts';

/** What the change brings about where it is known: a key is refused, or has another permission. */
export type Effect = 'Refused' | 'In force';

type Missing = Receipt['missing'][number];

/** `Refused everywhere after 12 ms (2 nodes, 3 verifiers)`, or how many have not answered. */
export function receiptLine(effect: Effect, { complete, ms, acknowledged, missing }: Receipt): string {
  if (complete) return `${effect} everywhere after ${msText(ms)} (${countedKinds(acknowledged)})`;
  if (missing.length === 0)
    return `Perhaps not everywhere yet: who decides could not be found out within ${msText(ms)}`;
  const all = acknowledged.length + missing.length;
  return `Not everywhere yet: ${missing.length} of ${all} did not answer within ${msText(ms)}`;
}

/** For a message of one sentence. */
export function receiptSentence(effect: Effect, receipt: Receipt): string {
  const line = receiptLine(effect, receipt);
  if (receipt.complete) return `${line}.`;
  if (receipt.missing.length === 0) return `${line}. ${WHO_ELSE}`;
  return `${line}. What was before may still count at: ${receipt.missing.map(namesIn(receipt)).join(', ')}.`;
}

/** What to do where nobody can be named. */
export const WHO_ELSE =
  'Processes that were not heard of may still decide by what was before. See who is there under Settings, Verifiers.';

/** What those of a receipt are called. */
export const namesIn = ({ acknowledged, missing }: Receipt) => nameAmong([...acknowledged, ...missing]);

/** Until when it may still decide by what was before. `follower` is how it stands now; undefined when it is forgotten. */
export function untilText({ kind }: Missing, follower: Follower | undefined): string {
  if (kind === 'node') return 'a process of this server. It hears of the change within seconds, or asks the database.';
  const { staleMaxMs, onStale, seenAt } = follower ?? {};
  if (onStale === 'serve') return 'goes on deciding by what it knows until it reaches this server again.';
  if (seenAt === undefined || typeof staleMaxMs !== 'number') return 'does not decide by what was before any more.';
  const until = new Date(Date.parse(seenAt) + staleMaxMs).toISOString();
  return `may decide by what was before until ${exactTime(until)}. If it stays silent, it refuses everything from then on.`;
}
