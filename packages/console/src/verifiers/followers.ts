import type { OutputOf } from '@keywright/contract';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { counted, relativeTime } from '../format.ts';

/** A node of the server or a verifier of the account: who decides about keys. */
export type Follower = Followers['items'][number];

export type Followers = OutputOf<'listVerifiers'>;

const EVERY_MS = 1000;
const MINUTE_MS = 60_000;

/** Who decides about keys of the account, read again each second as long as somebody looks. */
export function useFollowers() {
  return useQuery({ ...read('listVerifiers', {}), refetchInterval: EVERY_MS, staleTime: 0 });
}

export const followerName = ({ id, name }: Pick<Follower, 'id' | 'name'>) => name ?? id;

/** `2 nodes, 1 verifier`; what there is none of is left out. */
export function countedKinds(followers: readonly Pick<Follower, 'kind'>[]): string {
  const count = (wanted: Follower['kind']) => followers.filter(({ kind }) => kind === wanted).length;
  const kinds = [['node', count('node')] as const, ['verifier', count('verifier')] as const];
  return kinds.flatMap(([kind, number]) => (number > 0 ? [counted(number, kind)] : [])).join(', ');
}

/** `12 ms`, rounded up because nothing takes no time; from a second on `1.5 s`. */
export function msText(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${(Math.round(ms / 100) / 10).toLocaleString('en')} s`;
}

/** What a verifier does when it hears nothing of the server for too long. */
export function staleText({ staleMaxMs, onStale }: Follower): string {
  const after = staleMaxMs === null ? '' : ` after ${durationText(staleMaxMs)}`;
  return onStale === 'serve' ? `Goes on with what it knows${after}` : `Refuses all${after}`;
}

/** A verifier acknowledges each second, also when nothing changes. */
const LATE_MS = 5000;

/** A node that knows no change of so long decides by nothing that it remembers, if it is heard of at all. */
const BEHIND_MS = 2000;

type State = 'connected' | 'late' | 'behind' | 'silent';

/** Whether decisions of the follower can be trusted to know of changes. `newest` is when any of them was heard last, by the server's clock. */
export function stateOf({ kind, connected, seenAt, lagMs }: Follower, newest: number): State {
  if (!connected) return 'silent';
  const isLate = newest - Date.parse(seenAt) > LATE_MS;
  if (kind === 'verifier') return isLate ? 'late' : 'connected';
  return isLate || (lagMs ?? 0) > BEHIND_MS ? 'behind' : 'connected';
}

/** When any of them was heard last, by the server's clock: that of the browser may differ. The node that answers is always among them. */
export const newestOf = (followers: readonly Follower[]) =>
  Math.max(...followers.map(({ seenAt }) => Date.parse(seenAt)));

/** `4 seconds ago`: here, other than in lists of what happened, seconds count. */
export function heardText(iso: string, now = Date.now()): string {
  const ms = now - Date.parse(iso);
  if (ms >= MINUTE_MS) return relativeTime(iso, now);
  // A verifier says a word each second, and the clocks of server and browser are never quite the same.
  return ms < 2500 ? 'just now' : `${Math.round(ms / 1000)} seconds ago`;
}

function durationText(ms: number): string {
  for (const [unit, size] of [
    ['hour', 3_600_000],
    ['minute', MINUTE_MS],
  ] as const) {
    if (ms >= size && ms % size === 0) return counted(ms / size, unit);
  }
  return `${(ms / 1000).toLocaleString('en')} s`;
}
