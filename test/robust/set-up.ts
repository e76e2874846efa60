import { createClient } from '@keywright/contract';
import type { KeywrightProcess } from './server-process.ts';

export const ADA = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery staple' };

export interface Owner {
  /** The session of the first person. */
  cookie: string;
  key: string;
  /** Of a key that may do everything. */
  token: string;
}

/** Sets a fresh server up by the link that it printed, signs in, and makes a key, as the first person does. */
export async function setUp(server: KeywrightProcess): Promise<Owner> {
  const url = await server.listening();
  const setupToken = /#token=(\S+)/.exec(server.stdout)?.[1] ?? '';
  await createClient({ server: url }).setUp({ token: setupToken, ...ADA });
  const { email, password } = ADA;
  const signedIn = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const withCookie: typeof fetch = (input, init) => fetch(input, { ...init, headers: { ...init?.headers, cookie } });
  const { key, token } = await createClient({ server: url, fetch: withCookie }).createAccessKey();
  return { cookie, key, token };
}
