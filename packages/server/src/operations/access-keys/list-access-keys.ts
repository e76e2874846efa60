import { listAccessKeys as list } from '@keywright/store';
import { callerOf, ownScope, type ReadHandler } from '../../context.ts';
import { presentAccessKey } from './present-access-key.ts';

export const listAccessKeys: ReadHandler<'listAccessKeys'> = async (context, input) => {
  const scope = { account: callerOf(context).account, owner: ownScope(context), project: context.project };
  const page = await list(context.db, scope, input, context.at);
  return { ...page, items: page.items.map(key => presentAccessKey(key, context.at)) };
};
