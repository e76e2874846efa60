import { KeywrightError, limits } from '@keywright/core';
import type { Store } from '@keywright/store';
import { betterAuth } from 'better-auth';
import { shareOf } from './attempts.ts';

export type SignIn = ReturnType<typeof openSignIn>;

/** Where better-auth takes the address of the client from; the edge sets it, so that nobody can choose it. */
export const CLIENT_ADDRESS_HEADER = 'x-keywright-client-address';

const SIGN_INS_A_MINUTE = 10;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

export interface SignInOptions {
  store: Store;
  secret: string;
  origin: () => string;
  /** How many processes share the limit of guesses just now. */
  processes: () => number;
}

/** better-auth on our database: it checks passwords, keeps sessions and bounds guessing. People are made by our operations only. */
export function openSignIn({ store, secret, origin, processes }: SignInOptions) {
  return betterAuth({
    database: { db: store.signInDb, type: 'sqlite' }, // the same texts and numbers on PostgreSQL, too
    secret,
    baseURL: origin(),
    basePath: '/api/auth',
    trustedOrigins: () => [origin()],
    telemetry: { enabled: false },
    logger: { disabled: true },
    onAPIError: { throw: true }, // a database that is away is told by our mapping of errors, and in our log
    user: { modelName: 'people' },
    account: { modelName: 'sign_ins' },
    session: {
      modelName: 'sessions',
      expiresIn: limits.sessionDays * DAY_SECONDS,
      updateAge: MINUTE_SECONDS,
      cookieCache: { enabled: false }, // a revoked session must be dead at once
    },
    verification: { modelName: 'verifications' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: limits.passwordCharsMin,
      maxPasswordLength: limits.passwordCharsMax,
    },
    rateLimit: {
      enabled: true,
      storage: 'memory',
      customRules: {
        '/sign-in/email': () => ({ window: MINUTE_SECONDS, max: shareOf(SIGN_INS_A_MINUTE, processes()) }),
      },
    },
    advanced: {
      cookiePrefix: 'keywright',
      useSecureCookies: origin().startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      database: { generateId: () => crypto.randomUUID() },
    },
  });
}

/** The session behind the cookies of a request, or undefined. */
export async function findSession(signIn: SignIn, cookie: string): Promise<{ id: string; person: string } | undefined> {
  try {
    const found = await signIn.api.getSession({ headers: new Headers({ cookie }) });
    return found === null ? undefined : { id: found.session.id, person: found.user.id };
  } catch (error) {
    throw new KeywrightError('unavailable', undefined, [], { cause: error });
  }
}
