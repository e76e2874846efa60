import { BUILT_IN_API, DAY_MS, limits } from '@keywright/core';
import type { ReadHandler } from '../../context.ts';
import { cleanUse, mergedByKey } from '../../jobs/record-uses.ts';
import { servedBy, visibleFacts } from './served.ts';
import { speakerOf } from './speaker.ts';

/** Acknowledged once it is written. Keys that the verifier does not serve are passed over, as are those deleted meanwhile. */
export const reportUses: ReadHandler<'reportUses'> = async (context, { verifier, batch, uses: given }) => {
  const { app, at: now } = context;
  await app.followers.report(speakerOf(context), verifier, batch, async () => {
    const served = servedBy(context);
    const found = await Promise.all(given.map(({ key }) => app.verifier.cache.find(key)));
    const own = given.filter((_, i) => found[i] !== undefined && visibleFacts(served, found[i]) !== undefined);
    const uses = own.map(({ userAgent: agent, ...use }) => cleanUse({ ...use, agent, ...believed(use, now) }));
    return app.store.uses.writeReport({ verifier, batch, uses: mergedByKey(uses) });
  });
  return { done: true };
};

const API_ID = /^api_[a-z2-7]{20}$/;

/** Whatever the clock of the verifier says, nothing was used in the future, nor so long ago that each use would make a row of its own. */
function believed({ at, api }: { at: number; api: string | null }, now: number) {
  const earliest = now - limits.reportedUsesDaysMax * DAY_MS;
  const isApi = api !== null && (api === BUILT_IN_API || API_ID.test(api));
  return { at: Math.max(earliest, Math.min(at, now)), api: isApi ? api : null };
}
