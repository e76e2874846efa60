import { KeywrightError, newId } from '@keywright/core';
import { findTopAccount, insertAccount, insertMember, insertPerson, isSetUp, updateAccount } from '@keywright/store';
import type { ChangeContext, Handler } from '../../context.ts';
import { hashPassword } from '../../passwords.ts';
import { memberTarget } from '../members/present-member.ts';

export const setUp: Handler<'setUp'> = async (context, input) => {
  const { app, tx, at } = context;
  await app.attempts.take(`setup ${context.address}`);
  if (await isSetUp(tx))
    throw new KeywrightError('gone', 'The server is set up already. Sign in, or ask an owner for an invitation.');
  if (!app.setupToken.matches(input.token)) {
    throw new KeywrightError(
      'gone',
      'This is not the link that the server printed at its last start. Look there, or start it again for a new one.',
    );
  }
  const person = newId('per', app.random);
  const member = newId('mem', app.random);
  const { name, email } = input;
  const account = await makeAccount(context, input.account ?? `${name}'s account`.slice(0, 100));
  await insertPerson(tx, { id: person, name, email, passwordHash: await hashPassword(input.password), at });
  await insertMember(tx, { id: member, account, person, name, email, role: 'owner', createdAt: at });
  context.record({
    account,
    actor: memberTarget({ id: member, name }),
    target: memberTarget({ id: member, name }),
    details: { email, role: 'owner' },
  });
  return { account, member };
};

/** What was made with open access, before anybody set the server up, is not lost: its account gets the name and the owner. */
async function makeAccount({ app, tx, at }: ChangeContext, name: string): Promise<string> {
  const made = await findTopAccount(tx);
  if (made !== undefined) {
    await updateAccount(tx, made, { name });
    return made;
  }
  const id = newId('acc', app.random);
  await insertAccount(tx, { id, name, createdAt: at });
  return id;
}
