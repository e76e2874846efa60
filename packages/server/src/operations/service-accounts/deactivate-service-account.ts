import type { Handler } from '../../context.ts';
import { switchServiceAccount } from './switch-service-account.ts';

export const deactivateServiceAccount: Handler<'deactivateServiceAccount'> = (context, input) =>
  switchServiceAccount(context, input.serviceAccount, false);
