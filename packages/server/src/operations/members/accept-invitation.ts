import { KeywrightError, newId } from '@keywright/core';
import {
  acceptInvitation as accept,
  findPersonByEmail,
  getPasswordHash,
  insertPerson,
  updateOwner,
} from '@keywright/store';
import type { ChangeContext, Handler } from '../../context.ts';
import { hashPassword, isPassword } from '../../passwords.ts';
import { invitedBy } from './get-invitation.ts';
import { memberTarget } from './present-member.ts';

export const acceptInvitation: Handler<'acceptInvitation'> = async (context, input) => {
  const { app, tx, at } = context;
  await app.attempts.take(`invitation ${context.address}`);
  const member = await invitedBy(tx, input.token, at);
  const person = await personOf(context, member.email, input);
  await updateOwner(tx, member.id, { name: input.name, words: member.email, active: true });
  await accept(tx, member.id, person);
  const joined = { ...member, name: input.name };
  context.record({
    account: member.account,
    actor: memberTarget(joined),
    target: memberTarget(joined),
    details: { role: member.role },
  });
  return { email: member.email };
};

/** The person with that e-mail address: who has a password here proves it, everybody else sets one. */
async function personOf(
  { app, tx, at }: ChangeContext,
  email: string,
  { name, password }: { name: string; password: string },
): Promise<string> {
  const known = await findPersonByEmail(tx, email);
  if (known === undefined) {
    const id = newId('per', app.random);
    await insertPerson(tx, { id, name, email, passwordHash: await hashPassword(password), at });
    return id;
  }
  if (!(await isPassword(password, await getPasswordHash(tx, known)))) {
    throw new KeywrightError('unauthenticated', 'You have a password here already, and this is not it.');
  }
  return known;
}
