import { readFile } from 'node:fs/promises';
import { type Client, createClient } from '@keywright/contract';
import { KeySecret, KeywrightError, parseToken } from '@keywright/core';
import { InvalidArgumentError } from 'commander';
import type { Environment } from './config.ts';
import { UsageError } from './failures.ts';
import { type Profile, readProfiles } from './profiles.ts';

/** The flags that every command takes. */
export interface Globals {
  server?: string;
  profile?: string;
  tokenFile?: string;
  account?: string;
  json?: boolean;
}

/** Where to call and as whom. */
export interface Access {
  server: string;
  token: KeySecret | undefined;
  /** The account in which to act; undefined for that of the token. */
  account?: string | undefined;
}

export const DEFAULT_SERVER = 'http://127.0.0.1:7600';
export const DEFAULT_PROFILE = 'default';

/** Finds server and token: flags first, then the environment, then the profile. A named profile goes before the environment. */
export async function findAccess(flags: Globals, environment: Environment, needsToken: boolean): Promise<Access> {
  const env: Partial<Environment> = flags.profile === undefined ? environment : {};
  const given = flags.tokenFile === undefined ? env.token : await readSecretFile(flags.tokenFile);
  const named = flags.server ?? (env.server === undefined ? undefined : serverFrom(env.server, 'KEYWRIGHT_SERVER'));
  const profile = await profileFor(flags, environment, named !== undefined && (given !== undefined || !needsToken));
  const server = named ?? profile?.server ?? DEFAULT_SERVER;
  if (!needsToken) return { server, token: undefined };
  // The account of a profile is the choice of whoever holds its token.
  if (given === undefined)
    return { server, token: tokenOf(profile, server), account: accountFrom(flags) ?? profile?.account };
  return { server, token: checkToken(given, flags.tokenFile ?? 'KEYWRIGHT_TOKEN'), account: accountFrom(flags) };
}

/** Calls the server; that no server answers becomes one sentence. */
export async function call<Answer>(access: Access, ask: (client: Client) => Promise<Answer>): Promise<Answer> {
  try {
    const { server, token, account } = access;
    return await ask(createClient({ server, token: token?.reveal(), account }));
  } catch (error) {
    if (!(error instanceof TypeError) || error.message !== 'fetch failed') throw error;
    const hint = 'Is it running? Start one with keywright serve, or name another with --server.';
    throw new KeywrightError('unavailable', `No server answers at ${access.server} (${causeOf(error)}). ${hint}`);
  }
}

/** The address of a server without the slash at its end, or undefined when it is none. */
export function parseServer(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.href.replace(/\/+$/, '');
}

/** For `--server` and `--profile`. */
export function parseServerFlag(text: string): string {
  const server = parseServer(text);
  if (server === undefined) throw new InvalidArgumentError(SERVER_RULE);
  return server;
}

export function parseProfileFlag(name: string): string {
  if (!/^[\w.-]{1,60}$/.test(name)) throw new InvalidArgumentError('It must be 1 to 60 of letters, digits, _ . and -.');
  return name;
}

/** The account that a flag names, for the header of each call. */
export function accountFrom({ account }: Globals): string | undefined {
  if (account === undefined || /^acc_[a-z2-7]{20}$/.test(account)) return account;
  throw new UsageError('--account must be the id of an account: acc_ and 20 characters; see accounts list.');
}

export const SERVER_RULE = 'It must be an address such as https://keys.example.com.';

/** A secret from a file: its first line. */
export async function readSecretFile(path: string): Promise<KeySecret> {
  try {
    return new KeySecret((await readFile(path, 'utf8')).split('\n', 1)[0]?.trim() ?? '');
  } catch (error) {
    throw new UsageError(`${path} can not be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** A token of the right form; a mistyped one is told from its checksum, without a call. */
export function checkToken(token: KeySecret, from: string): KeySecret {
  if (parseToken(token.reveal()) !== undefined) return token;
  throw new KeywrightError(
    'malformed',
    `${from} holds no token: a token is one word, such as kw_<key>_<secret>, and this one is mistyped, cut off, or none.`,
  );
}

/** Whether a token would cross a network in the clear. */
export function isInTheClear(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && !/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** The address of a server from a place that no parser of flags has looked at. */
export function serverFrom(text: string, from: string): string {
  const server = parseServer(text);
  if (server === undefined) throw new UsageError(`${from} is not the address of a server. ${SERVER_RULE}`);
  return server;
}

async function profileFor(
  flags: Globals,
  { configFolder }: Environment,
  unneeded: boolean,
): Promise<Profile | undefined> {
  if (unneeded) return undefined;
  const name = flags.profile ?? DEFAULT_PROFILE;
  const profile = (await readProfiles(configFolder)).get(name);
  if (profile !== undefined || flags.profile === undefined) return profile;
  throw new KeywrightError(
    'unauthenticated',
    `There is no profile ${name}. Make it with: keywright login --profile ${name}`,
  );
}

function tokenOf(profile: Profile | undefined, server: string): KeySecret {
  if (profile === undefined) {
    throw new KeywrightError('unauthenticated', 'You are not logged in. Log in with: keywright login');
  }
  if (profile.server === server) return profile.token;
  // A token must never reach another server than the one it was stored for.
  throw new KeywrightError(
    'unauthenticated',
    `You are logged in to ${profile.server}, not to ${server}. Log in there with: keywright login --server ${server} --profile <name>`,
  );
}

function causeOf({ cause }: TypeError): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ENOTFOUND') return 'there is no such host';
  // OpenSSL's own message has file names in it; its reason is the part for people.
  const said = cause instanceof Error && ('reason' in cause ? String(cause.reason) : cause.message);
  return said || String(code ?? 'no connection');
}
