import { KeywrightError } from '@keywright/core';
import { type Db, findInvitation, findPersonByEmail, getAccount } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { digestOfToken } from '../../link-token.ts';

export const getInvitation: ReadHandler<'getInvitation'> = async ({ db, at }, input) => {
  const member = await invitedBy(db, input.token, at);
  const account = await getAccount(db, member.account);
  const known = (await findPersonByEmail(db, member.email)) !== undefined;
  return { account: account.name, name: member.name, email: member.email, role: member.role, known };
};

export async function invitedBy(db: Db, token: string, at: number) {
  const member = await findInvitation(db, digestOfToken(token), at);
  if (member === undefined) {
    throw new KeywrightError('gone', 'This invitation was used, withdrawn or has expired. Ask for a new one.');
  }
  return member;
}
