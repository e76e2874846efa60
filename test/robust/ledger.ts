import assert from 'node:assert/strict';
import type { Event } from '@keywright/contract';

export type Action = 'createAccessKey' | 'deactivateAccessKey' | 'activateAccessKey' | 'deleteAccessKey';

/** A key as we know it; without a token when its creation was never acknowledged. */
export interface KnownKey {
  key: string;
  token: string | undefined;
  state: 'active' | 'inactive' | 'deleted';
}

/** What one client asked for in a round, in its order: the last may lack its acknowledgement. */
export interface Asked {
  action: Action;
  /** The key, or the name of the key to be. */
  subject: string;
  acknowledged: boolean;
}

const STATE_AFTER: Record<Action, KnownKey['state']> = {
  createAccessKey: 'active',
  activateAccessKey: 'active',
  deactivateAccessKey: 'inactive',
  deleteAccessKey: 'deleted',
};

/**
 * Holds the events of a round against what its clients asked for: everything that was acknowledged is there, and besides nothing but
 * what was under way. Each subject belongs to one client, so its order is known.
 */
export function checkEventsOfRound(events: readonly Event[], asked: readonly Asked[]): void {
  const happened = Map.groupBy(events, ({ action, target }) =>
    action === 'createAccessKey' ? (target.name ?? '') : target.id,
  );
  const wanted = Map.groupBy(asked, ({ subject }) => subject);
  for (const [subject, done] of happened) {
    const actions = done.map(({ action }) => action);
    const all = (wanted.get(subject) ?? []).map(({ action }) => action);
    assert.deepEqual(actions, all.slice(0, actions.length), `events of ${subject} that nobody asked for`);
  }
  for (const [subject, steps] of wanted) {
    const acknowledged = steps.filter(step => step.acknowledged).map(({ action }) => action);
    const actions = (happened.get(subject) ?? []).map(({ action }) => action);
    assert.deepEqual(actions.slice(0, acknowledged.length), acknowledged, `lost of ${subject}`);
  }
}

/** Carries what happened into what is known. */
export function learn(known: Map<string, KnownKey>, events: readonly Event[]): void {
  for (const { action, target } of events) {
    const state = STATE_AFTER[action as Action]; // the account has no other events
    const key = known.get(target.id) ?? { key: target.id, token: undefined, state };
    known.set(target.id, { ...key, state });
  }
}
