import { atHome } from '../../callers/caller.ts';
import { callerOf, type ReadContext } from '../../context.ts';
import type { Speaker } from '../../follower.ts';

/** Who speaks for a verifier: its id alone, which many can read, does not. */
export function speakerOf(context: ReadContext): Speaker {
  const caller = callerOf(context);
  return { account: caller.account, project: context.project, by: atHome(caller).owner.id };
}
