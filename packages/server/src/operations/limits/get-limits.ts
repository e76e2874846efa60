import type { ParsedOf } from '@keywright/contract';
import { invalid, KeywrightError, type Limited, limitedBy, type UseLimits } from '@keywright/core';
import { getAccount, getOwnerLimits } from '@keywright/store';
import { callerOf, ownScope, type ReadContext, type ReadHandler } from '../../context.ts';
import { reachableKey } from '../access-keys/present-access-key.ts';
import { presentState } from './present-limits.ts';

export const getLimits: ReadHandler<'getLimits'> = async (context, input) => {
  const states = await context.app.limiter.look(callerOf(context).account, await limitedOf(context, input), context.at);
  return { limits: states.map(presentState) };
};

async function limitedOf(context: ReadContext, { key, owner }: ParsedOf<'getLimits'>): Promise<Limited[]> {
  if (key !== undefined && owner !== undefined)
    throw invalid('owner', 'alone', 'goes not with key: name one of the two');
  if (key !== undefined) {
    await reachableKey(context, key);
    const facts = await context.app.store.findFacts(key);
    return facts === undefined ? [] : limitedBy(facts);
  }
  const { account } = callerOf(context);
  const ofAccount = limitedAs('account', account, await getAccount(context.db, account));
  return owner === undefined ? ofAccount : [...(await limitedOwner(context, owner)), ...ofAccount];
}

async function limitedOwner(context: ReadContext, id: string): Promise<Limited[]> {
  const own = ownScope(context);
  const { account } = callerOf(context);
  const found = own === undefined || own === id ? await getOwnerLimits(context.db, account, id) : undefined;
  if (found === undefined) throw new KeywrightError('not_found', `There is no owner ${id}.`);
  return limitedAs('owner', id, found);
}

function limitedAs(of: Limited['of'], id: string, { rateLimits, quotas }: UseLimits): Limited[] {
  return [{ of, id, rateLimits, quotas }];
}
