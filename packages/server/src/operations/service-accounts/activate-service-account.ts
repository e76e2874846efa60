import type { Handler } from '../../context.ts';
import { switchServiceAccount } from './switch-service-account.ts';

export const activateServiceAccount: Handler<'activateServiceAccount'> = (context, input) =>
  switchServiceAccount(context, input.serviceAccount, true);
