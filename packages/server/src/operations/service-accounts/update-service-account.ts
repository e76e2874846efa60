import { isDeepStrictEqual } from 'node:util';
import { type ServiceAccount, updateServiceAccount as update } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import type { Handler } from '../../context.ts';
import { changedLimits, checkMayLimit } from '../limits/check-limits.ts';
import { presentLimits } from '../limits/present-limits.ts';
import { presentServiceAccount, serviceAccountById, serviceAccountTarget } from './present-service-account.ts';

export const updateServiceAccount: Handler<'updateServiceAccount'> = async (context, input) => {
  const before = await serviceAccountById(context, input.serviceAccount);
  if (input.role !== undefined && input.role !== before.role) checkUnbound(context, 'change a role');
  const after = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
    role: input.role ?? before.role,
    ...changedLimits(before, input),
  };
  checkMayLimit(context, before, after);
  const [from, to] = [fieldsOf(before), fieldsOf(after)];
  const [limitsBefore, limitsAfter] = [presentLimits(before), presentLimits(after)];
  const isLimited = !isDeepStrictEqual(limitsBefore, limitsAfter);
  if (isLimited || !isDeepStrictEqual(from, to)) {
    await update(context.tx, before.id, after);
    const details = isLimited ? { from: { ...from, ...limitsBefore }, to: { ...to, ...limitsAfter } } : { from, to };
    context.record({ target: serviceAccountTarget(after), details });
  }
  return presentServiceAccount(after);
};

function fieldsOf({ name, description, role }: ServiceAccount) {
  return { name, description, role };
}
