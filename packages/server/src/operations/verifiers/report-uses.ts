import type { ParsedOf } from '@keywright/contract';
import { DAY_MS } from '@keywright/core';
import { callerOf, type ReadContext, type ReadHandler } from '../../context.ts';
import { cleanUse } from '../../jobs/record-uses.ts';
import { servedBy, visibleFacts } from './served.ts';

/** Acknowledged once it is written. Keys that the verifier does not serve are passed over, as are those deleted meanwhile. */
export const reportUses: ReadHandler<'reportUses'> = async (context, { verifier, batch, uses }) => {
  const { app, project } = context;
  if (!app.followers.isNewBatch({ account: callerOf(context).account, project }, verifier, batch))
    return { done: true };
  try {
    await write(context, uses);
  } catch (error) {
    app.followers.returnBatch(verifier, batch);
    throw error;
  }
  return { done: true };
};

async function write(context: ReadContext, uses: ParsedOf<'reportUses'>['uses']): Promise<void> {
  const { app, at: now } = context;
  const served = servedBy(context);
  const found = await Promise.all(uses.map(({ key }) => app.verifier.cache.find(key)));
  const own = uses.filter((_, i) => found[i] !== undefined && visibleFacts(served, found[i]) !== undefined);
  // Nothing was used in the future, whatever the clock of the verifier says.
  const rows = own.map(({ userAgent: agent, ...use }) => cleanUse({ ...use, agent, at: Math.min(use.at, now) }));
  await app.store.uses.writeUses(rows);
  await app.store.uses.writeDayUses(rows.map(({ key, at, count }) => ({ key, day: Math.floor(at / DAY_MS), count })));
}
