import type { ReadHandler } from '../../context.ts';
import { memberById, presentMember } from './present-member.ts';

export const getMember: ReadHandler<'getMember'> = async (context, input) =>
  presentMember(await memberById(context, input.member));
