import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';

/**
 * The token in the fragment of a setup or invitation link; browsers send no fragments to servers, so it is in no log.
 * It is kept while the page is being left, when the address is another one already.
 */
export function useLinkToken(): string | undefined {
  const { hash } = useLocation();
  const current = new URLSearchParams(hash).get('token') ?? undefined;
  const [token, setToken] = useState(current);
  if (current !== undefined && current !== token) setToken(current);
  return token;
}
