import type { OutputOf, ParsedOf } from '@keywright/contract';
import { endLeases } from '@keywright/store';
import type { ReadContext, ReadHandler } from '../../context.ts';
import { timeOrNull, timeText } from '../../times.ts';
import { presentState } from '../limits/present-limits.ts';
import { servedBy, visibleFacts } from './served.ts';
import { speakerOf } from './speaker.ts';

type Wanted = ParsedOf<'leaseUses'>['leases'][number];
type Lease = OutputOf<'leaseUses'>['leases'][number];

/** What was given back comes first: it may be what is wanted. */
export const leaseUses: ReadHandler<'leaseUses'> = async (context, { verifier, leases, ended }) => {
  const { app, at } = context;
  const { account } = servedBy(context);
  await app.followers.demand(speakerOf(context), verifier);
  if (ended.length > 0) {
    const { store, limiter } = app;
    const settled = await store.transactBeside(tx => endLeases(tx, account, ended, at));
    await Promise.all(settled.map(one => limiter.settle(one, one.cost, at)));
  }
  const tried = await Promise.allSettled(leases.map(one => lease(context, one)));
  const granted = tried.flatMap(one => (one.status === 'fulfilled' && one.value) || []);
  // What others were granted is not lost for one that can not be counted.
  const failed = tried.find(one => one.status === 'rejected');
  if (failed !== undefined && granted.length === 0) throw failed.reason;
  return { at: timeText(at), sharers: app.followers.list({ account }).length, leases: granted };
};

async function lease(context: ReadContext, { key, needed, wanted }: Wanted): Promise<Lease | undefined> {
  const { app, at } = context;
  const found = await app.verifier.cache.find(key);
  const facts = found && visibleFacts(servedBy(context), found);
  if (facts === undefined) return undefined;
  const { granted, charged } = await app.limiter.lease(facts, { needed, wanted }, at);
  const { reservation, refused, retryAt, degraded, limits } = charged;
  return {
    key,
    granted,
    lease: reservation?.id ?? null,
    refused,
    retryAt: timeOrNull(retryAt),
    degraded,
    limits: limits.map(one => ({ ...presentState(one), moreAt: timeText(one.moreAt), exceeded: one.exceeded })),
  };
}
