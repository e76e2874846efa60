import { deleteSessions } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { memberTarget } from '../members/present-member.ts';
import { personOf } from './person.ts';

export const revokeSessions: Handler<'revokeSessions'> = async context => {
  const revoked = await deleteSessions(context.tx, personOf(context).person);
  context.record({ target: memberTarget(callerOf(context).owner), details: { revoked } });
  return { revoked };
};
