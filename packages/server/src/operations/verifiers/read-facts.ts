import { getApi } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { apiFactsOf, presentFacts } from './present-facts.ts';
import { isVisibleApi, servedNow, visibleFacts } from './served.ts';

/** Read from the database, never from a cache: who asks has just been told that it was outdated. */
export const readFacts: ReadHandler<'readFacts'> = async (context, input) => {
  const { app, db } = context;
  const [served, found] = await Promise.all([
    servedNow(context),
    Promise.all([...new Set(input.keys)].map(key => app.store.findFacts(key))),
  ]);
  const scope = { account: served.account, project: undefined };
  const apis = await Promise.all([...new Set(input.apis)].map(api => getApi(db, scope, api)));
  const visible = apis.flatMap(api => (api !== undefined && isVisibleApi(served, api) ? [api] : []));
  return {
    keys: found.flatMap(facts => (facts && visibleFacts(served, facts)) ?? []).map(presentFacts),
    apis: await Promise.all(visible.map(api => apiFactsOf(db, api))),
  };
};
