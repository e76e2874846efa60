import { callerOf, type ReadHandler } from '../../context.ts';

export const disconnectVerifier: ReadHandler<'disconnectVerifier'> = async (context, { verifier }) => {
  await context.app.followers.leave({ account: callerOf(context).account, project: context.project }, verifier);
  return { done: true };
};
