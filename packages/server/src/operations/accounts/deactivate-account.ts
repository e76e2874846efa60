import type { Handler } from '../../context.ts';
import { switchAccount } from './switch-account.ts';

export const deactivateAccount: Handler<'deactivateAccount'> = (context, input) =>
  switchAccount(context, input.account, false);
