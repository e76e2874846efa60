import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { forgetReads } from './query-client.ts';
import { signIn } from './session.ts';

/** Signs in somebody who just set a password, and goes to their keys; should that fail, they sign in themselves. */
export function useEnter() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async (email: string, password: string) => {
    const signedIn = await signIn(email, password).then(
      () => true,
      () => false,
    );
    forgetReads(queries);
    await navigate({ to: signedIn ? '/profile/access-keys' : '/sign-in', replace: true });
  };
}
