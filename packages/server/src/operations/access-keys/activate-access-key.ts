import type { Handler } from '../../context.ts';
import { reachableKey } from './present-access-key.ts';
import { changeKey } from './update-access-key.ts';

export const activateAccessKey: Handler<'activateAccessKey'> = async (context, input) =>
  changeKey(context, await reachableKey(context, input.key), { enabled: true });
