import { renamePerson } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { memberTarget } from '../members/present-member.ts';
import { presentProfile } from './get-profile.ts';
import { personOf } from './person.ts';

export const updateProfile: Handler<'updateProfile'> = async (context, input) => {
  const { owner } = callerOf(context);
  if (input.name !== owner.name) {
    await renamePerson(context.tx, personOf(context).person, input.name);
    context.record({
      target: memberTarget({ id: owner.id, name: input.name }),
      details: { name: { from: owner.name, to: input.name } },
    });
  }
  return presentProfile(context);
};
