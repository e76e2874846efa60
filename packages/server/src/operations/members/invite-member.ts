import { DAY_MS, KeywrightError, limits, newId } from '@keywright/core';
import { findMemberByEmail, insertMember } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import { callerOf, type Handler } from '../../context.ts';
import { digestOfToken } from '../../link-token.ts';
import { timeText } from '../../times.ts';
import { memberById, memberTarget, presentMember } from './present-member.ts';

export const inviteMember: Handler<'inviteMember'> = async (context, input) => {
  checkUnbound(context);
  const { app, tx, at } = context;
  const { account, owner } = callerOf(context);
  if (input.role === 'owner' && owner.role !== 'owner')
    throw new KeywrightError('forbidden', 'Only an owner can make owners.');
  if ((await findMemberByEmail(tx, account, input.email)) !== undefined) {
    throw new KeywrightError(
      'conflict',
      'A person with this e-mail address is a member or invited already. To send a new link, remove the invitation first.',
    );
  }
  const token = Buffer.from(app.random(24)).toString('base64url');
  const expiresAt = at + limits.invitationDays * DAY_MS;
  const id = newId('mem', app.random);
  await insertMember(tx, {
    id,
    account,
    ...input,
    person: null,
    createdAt: at,
    invitation: { digest: digestOfToken(token), expiresAt },
  });
  const member = await memberById(context, id);
  context.record({ target: memberTarget(member), details: { email: input.email, role: input.role } });
  return {
    ...presentMember(member),
    invitation: `${app.origin()}/invitation#token=${token}`,
    invitationExpiresAt: timeText(expiresAt),
  };
};
