import type { Handler } from '../../context.ts';
import { switchAccount } from './switch-account.ts';

export const activateAccount: Handler<'activateAccount'> = (context, input) =>
  switchAccount(context, input.account, true);
