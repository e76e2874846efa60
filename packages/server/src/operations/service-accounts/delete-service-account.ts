import { KeywrightError } from '@keywright/core';
import { deleteOwner } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { serviceAccountById, serviceAccountTarget } from './present-service-account.ts';

export const deleteServiceAccount: Handler<'deleteServiceAccount'> = async (context, input) => {
  const found = await serviceAccountById(context, input.serviceAccount);
  if (found.keys > 0) {
    throw new KeywrightError(
      'conflict',
      `It owns ${found.keys} access ${found.keys === 1 ? 'key' : 'keys'}. Delete them first, or deactivate the service account.`,
    );
  }
  await deleteOwner(context.tx, found.id);
  context.record({ target: serviceAccountTarget(found), details: { role: found.role } });
  return { done: true };
};
