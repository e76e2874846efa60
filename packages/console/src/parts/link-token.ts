import { useLocation } from '@tanstack/react-router';

/** The token in the fragment of a setup or invitation link; browsers send no fragments to servers, so it is in no log. */
export function useLinkToken(): string | undefined {
  const { hash } = useLocation();
  return new URLSearchParams(hash).get('token') ?? undefined;
}
