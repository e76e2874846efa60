import { updateServiceAccount as update } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { presentServiceAccount, serviceAccountById, serviceAccountTarget } from './present-service-account.ts';

export const updateServiceAccount: Handler<'updateServiceAccount'> = async (context, input) => {
  const before = await serviceAccountById(context, input.serviceAccount);
  const after = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
    role: input.role ?? before.role,
  };
  await update(context.tx, before.id, after);
  const { name, description, role } = before;
  context.record({
    target: serviceAccountTarget(after),
    details: {
      from: { name, description, role },
      to: { name: after.name, description: after.description, role: after.role },
    },
  });
  return presentServiceAccount(after);
};
