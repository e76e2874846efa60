import { callerOf, type ReadHandler } from '../../context.ts';

export const disconnectVerifier: ReadHandler<'disconnectVerifier'> = (context, { verifier }) => {
  context.app.followers.leave({ account: callerOf(context).account, project: context.project }, verifier);
  return { done: true };
};
