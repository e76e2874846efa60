import { isDeepStrictEqual } from 'node:util';
import { type ServiceAccount, updateServiceAccount as update } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import type { Handler } from '../../context.ts';
import { presentServiceAccount, serviceAccountById, serviceAccountTarget } from './present-service-account.ts';

export const updateServiceAccount: Handler<'updateServiceAccount'> = async (context, input) => {
  const before = await serviceAccountById(context, input.serviceAccount);
  if (input.role !== undefined && input.role !== before.role) checkUnbound(context, 'change a role');
  const after = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
    role: input.role ?? before.role,
  };
  const [from, to] = [fieldsOf(before), fieldsOf(after)];
  if (!isDeepStrictEqual(from, to)) {
    await update(context.tx, before.id, after);
    context.record({ target: serviceAccountTarget(after), details: { from, to } });
  }
  return presentServiceAccount(after);
};

function fieldsOf({ name, description, role }: ServiceAccount) {
  return { name, description, role };
}
