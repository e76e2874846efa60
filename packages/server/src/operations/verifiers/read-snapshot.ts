import type { SnapshotContent } from '@keywright/contract';
import { type Db, lastEventUpTo, listAccessKeys, listApis } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { timeText } from '../../times.ts';
import { placeText } from './changes.ts';
import { apiFactsOf, presentFacts } from './present-facts.ts';
import { isVisibleApi, type Served, servedNow, visibleFacts } from './served.ts';

/** Each page is true as of its own sequence: who reads all of them follows the changes from that of the first. */
export const readSnapshot: ReadHandler<'readSnapshot'> = async (context, { cursor, atOnce: limit }) => {
  const { app, db, at, project } = context;
  const { account } = callerOf(context);
  const place = await lastEventUpTo(db);
  const served = await servedNow(context);
  const scope = { account, owner: undefined, project };
  const page = await listAccessKeys(
    db,
    scope,
    { sort: 'createdAt', limit, ...(cursor !== undefined && { cursor }) },
    at,
  );
  const found = await Promise.all(page.items.map(({ key }) => app.store.findFacts(key)));
  const content: SnapshotContent = {
    account,
    ...placeText(place),
    at: timeText(at),
    cursor: cursor ?? null,
    nextCursor: page.nextCursor,
    keys: found.flatMap(facts => (facts && visibleFacts(served, facts)) ?? []).map(presentFacts),
    apis: cursor === undefined ? await apisOf(db, served) : [],
  };
  const text = JSON.stringify(content);
  return { page: text, signature: app.snapshotKey.sign(text), nextCursor: page.nextCursor };
};

async function apisOf(db: Db, served: Served): Promise<SnapshotContent['apis']> {
  const scope = { account: served.account, project: undefined };
  const apis: SnapshotContent['apis'] = [];
  let cursor: string | undefined;
  do {
    const page = await listApis(db, scope, { sort: 'createdAt', limit: 100, ...(cursor !== undefined && { cursor }) });
    const visible = page.items.filter(api => isVisibleApi(served, api));
    apis.push(...(await Promise.all(visible.map(api => apiFactsOf(db, api)))));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return apis;
}
