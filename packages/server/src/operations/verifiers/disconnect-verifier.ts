import type { ReadHandler } from '../../context.ts';
import { speakerOf } from './speaker.ts';

export const disconnectVerifier: ReadHandler<'disconnectVerifier'> = async (context, { verifier }) => {
  await context.app.followers.leave(speakerOf(context), verifier);
  return { done: true };
};
