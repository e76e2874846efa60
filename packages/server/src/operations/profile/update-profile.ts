import { membersOfPerson, renamePerson } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { memberTarget } from '../members/present-member.ts';
import { presentProfile } from './get-profile.ts';
import { personOf } from './person.ts';

export const updateProfile: Handler<'updateProfile'> = async (context, input) => {
  const { name } = input;
  const { person } = personOf(context);
  const members = await membersOfPerson(context.tx, person);
  await renamePerson(context.tx, person, name);
  // The name changes wherever the person is a member: each account has its event, which also evicts the facts of the keys there.
  for (const member of members.filter(one => one.name !== name)) {
    context.record({
      account: member.account,
      actor: memberTarget(member),
      target: memberTarget({ id: member.id, name }),
      details: { name: { from: member.name, to: name } },
    });
  }
  return presentProfile(context);
};
