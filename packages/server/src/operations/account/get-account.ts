import { getAccount as get } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { presentAccount } from '../accounts/present-account.ts';

export const getAccount: ReadHandler<'getAccount'> = async context =>
  presentAccount(await get(context.db, callerOf(context).account));
