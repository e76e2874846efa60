/** What holds what was acknowledged against what was decided. Times are milliseconds of one clock that never jumps. */
export type State = 'active' | 'inactive' | 'deleted';

/** A change of one key. Those of one key are made one after the other. */
export interface Change {
  key: string;
  to: State;
  sentAt: number;
  /** Undefined while nobody has said that it was made: then it may have been, at any time since. */
  answeredAt: number | undefined;
  /** Whether its receipt said that everybody knew. */
  complete: boolean;
}

/** What a node said of a key. */
export interface Decided {
  key: string;
  node: string;
  sentAt: number;
  answeredAt: number;
  /** `allowed`, or the reason of the refusal. */
  result: string;
}

/** For how long a node may decide by what was before, when it was not part of a complete receipt. */
export interface Bound {
  staleMaxMs: number;
}

/** Why a decision is wrong, or undefined when it may be right. `changes` are those of its key in their order. */
export function whyWrong(
  { key, node, sentAt, answeredAt, result }: Decided,
  changes: readonly Change[],
  { staleMaxMs }: Bound,
): string | undefined {
  const settled = changes.findLastIndex(
    change => change.answeredAt !== undefined && change.answeredAt + (change.complete ? 0 : staleMaxMs) < sentAt,
  );
  // Since then any of these may have been in force; what had not been sent by the answer was not.
  const possible = changes.slice(Math.max(settled, 0)).filter(change => change.sentAt < answeredAt);
  if (possible.some(({ to }) => resultsOf(to).includes(result))) return undefined;
  const known = possible.map(({ to }) => to).join(', ') || 'nothing';
  return `${node} said ${result} of ${key}, which could be: ${known}`;
}

/** Before a key is there nobody knows it. */
function resultsOf(state: State): readonly string[] {
  if (state === 'active') return ['allowed'];
  return state === 'inactive' ? ['inactive'] : ['unknown'];
}
