import type { Asked, Decision } from '@keywright/core';
import type { App } from './app.ts';
import type { Door } from './metrics/door.ts';

/** Decides about a key at a door, by nothing that may be outdated, and counts how. Throws, or rejects, only when facts can not be loaded. */
export function verifyAt(app: App, door: Door, text: string, asked: Asked, at: number): Decision | Promise<Decision> {
  const since = performance.now();
  app.feed.forgetIfLate(since);
  try {
    const decision = app.verifier.verify(text, asked, at);
    if (!(decision instanceof Promise)) return door.decided(decision, since);
    return decision.then(
      later => {
        // What was read before this process stood still, others no longer wait for (registry.ts).
        if (performance.now() - since > app.config.staleMaxMs) return verifyAt(app, door, text, asked, app.now());
        return door.decided(later, since);
      },
      error => fail(door, error),
    );
  } catch (error) {
    return fail(door, error);
  }
}

function fail(door: Door, error: unknown): never {
  door.failed();
  throw error;
}
