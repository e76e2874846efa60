import { listServiceAccounts as list } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { presentServiceAccount } from './present-service-account.ts';

export const listServiceAccounts: ReadHandler<'listServiceAccounts'> = async (context, input) => {
  const page = await list(context.db, callerOf(context).account, input);
  return { ...page, items: page.items.map(presentServiceAccount) };
};
