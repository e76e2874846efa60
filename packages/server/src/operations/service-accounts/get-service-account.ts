import type { ReadHandler } from '../../context.ts';
import { presentServiceAccount, serviceAccountById } from './present-service-account.ts';

export const getServiceAccount: ReadHandler<'getServiceAccount'> = async (context, input) =>
  presentServiceAccount(await serviceAccountById(context, input.serviceAccount));
