import { getAccount } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';

export const getKeyPolicy: ReadHandler<'getKeyPolicy'> = async context =>
  (await getAccount(context.db, callerOf(context).account)).keyPolicy;
