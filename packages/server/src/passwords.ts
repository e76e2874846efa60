import { hashPassword as hash, verifyPassword } from 'better-auth/crypto';

/** scrypt, as better-auth keeps passwords. */
export const hashPassword: (password: string) => Promise<string> = hash;

/** Whether the password fits the hash; false where there is none. */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  return kept !== null && verifyPassword({ hash: kept, password });
}
