import { randomBytes } from 'node:crypto';
import { type Client, endpointOf, type InputOf, operations } from '@keywright/contract';
import { BUILT_IN_API, type Decision, formatToken, type KeyId, newKeyId, newSecret } from '@keywright/core';
import { createVerifier, type RemoteVerifier, type VerifierOptions } from '@keywright/verifier';
import { type Act, acting } from '../operations/acting.ts';
import { type DatabaseKind, makeAccount, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';

/** The endpoints that a verifier needs, and no others. */
export const VERIFIER_ENDPOINTS = operations
  .filter(({ right }) => right === 'verifiers:use')
  .map(entry => endpointOf(entry).id);

export interface VerifierWorld extends AsyncDisposable {
  server: TestApp;
  account: TestAccount;
  /** As the owner of the account. */
  act: Act;
  /** A credential as an administrator would make it: it can do nothing but this. */
  credential: string;
  /** A verifier that is closed at the end. */
  verifier(options?: Partial<VerifierOptions>): RemoteVerifier;
  /** The service account that its credential is of. */
  verifierOwner: string;
}

export async function verifierWorld(kind: DatabaseKind = 'sqlite'): Promise<VerifierWorld> {
  const opened = new AsyncDisposableStack();
  const server = opened.use(await startTestApp(kind));
  const account = await makeAccount(server.app, 'Acme');
  const act = acting(server.app, account.callers.owner);
  const credential = await makeCredential(act);
  const verifier = (options: Partial<VerifierOptions> = {}) => {
    const files = options.preload && { account: account.id };
    const made = createVerifier({ server: server.url, credential, ...files, ...options });
    // That it can not reach the server any more is what some tests are about.
    opened.defer(() => made.close().catch(() => {}));
    return made;
  };
  const { id: verifierOwner } = (await act('listServiceAccounts', { text: 'Verifier' })).items[0] ?? { id: '' };
  return {
    server,
    account,
    act,
    credential,
    verifier,
    verifierOwner,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export async function makeCredential(act: Act, apis: readonly string[] = []): Promise<string> {
  const { id: owner } = await act('createServiceAccount', { name: 'Verifier', role: 'admin' });
  const grants = Object.fromEntries(apis.map(api => [api, 'read_only' as const]));
  const { token } = await act('createAccessKey', {
    owner,
    permission: 'restricted',
    grants: { ...grants, [BUILT_IN_API]: VERIFIER_ENDPOINTS },
  });
  return token;
}

/** The same at a server that is a process of its own. */
export async function credentialOf(client: Client): Promise<string> {
  const { id: owner } = await client.createServiceAccount({ name: 'Verifier', role: 'admin' });
  const grants = { [BUILT_IN_API]: VERIFIER_ENDPOINTS };
  return (await client.createAccessKey({ owner, permission: 'restricted', grants })).token;
}

export async function makeApi(
  act: Act,
  name: string,
  endpoints: readonly Omit<InputOf<'createEndpoint'>, 'api'>[],
): Promise<string> {
  const { id: api } = await act('createApi', { name });
  for (const endpoint of endpoints) await act('createEndpoint', { api, ...endpoint });
  return api;
}

/** A token as ours are, of a key that does not exist. In one piece, as texts from the network are: others take memory when they are read. */
export function inventedToken(key: KeyId = newKeyId(randomBytes)): string {
  return Buffer.from(formatToken('kw', key, newSecret(key, randomBytes)).reveal()).toString('latin1');
}

/** How often the key was used, as the server has it on disk. */
export async function usesOf({ act }: Pick<VerifierWorld, 'act'>, key: string): Promise<number> {
  const { usedDays } = await act('getAccessKey', { key });
  return usedDays.reduce((sum, { count }) => sum + count, 0);
}

/** `allowed`, the reason, or the code of the error. */
export async function verdictOf(decide: () => Decision | Promise<Decision>): Promise<string> {
  try {
    const decision = await decide();
    return decision.allowed ? 'allowed' : decision.reason;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error); // what is thrown is a KeywrightError
  }
}

/** A `fetch` that counts requests by the ends of their paths, such as `facts`. */
export function countingFetch(): { fetch: typeof fetch; count(path: string): number; bodies(path: string): unknown[] } {
  const asked: { path: string; body: unknown }[] = [];
  return {
    fetch: (input, init) => {
      const { body } = init ?? {};
      const path = new URL(String(input)).pathname;
      asked.push({ path, body: typeof body === 'string' ? JSON.parse(body) : undefined });
      return fetch(input, init);
    },
    count: path => asked.filter(one => one.path.endsWith(`/${path}`)).length,
    bodies: path => asked.filter(one => one.path.endsWith(`/${path}`)).map(({ body }) => body),
  };
}
