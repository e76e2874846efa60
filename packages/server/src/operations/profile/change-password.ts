import { invalid } from '@keywright/core';
import { deleteSessions, getPasswordHash, setPasswordHash } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { hashPassword, isPassword } from '../../passwords.ts';
import { memberTarget } from '../members/present-member.ts';
import { personOf } from './person.ts';

export const changePassword: Handler<'changePassword'> = async (context, input) => {
  const { id: session, person } = personOf(context);
  await context.app.attempts.take(`password ${person}`);
  if (!(await isPassword(input.currentPassword, await getPasswordHash(context.tx, person)))) {
    throw invalid('currentPassword', 'wrong', 'is not your password');
  }
  await setPasswordHash(context.tx, person, await hashPassword(input.newPassword));
  const signedOut = await deleteSessions(context.tx, person, { except: session });
  context.record({ target: memberTarget(callerOf(context).owner), details: { signedOut } });
  return { done: true };
};
