import { isReading, type Operation } from '@keywright/contract';
import { KeywrightError, parseCarriers } from '@keywright/core';
import { membersOfPerson } from '@keywright/store';
import type { App } from '../app.ts';
import { findSession } from '../sign-in.ts';
import type { Caller } from './caller.ts';

/** What a request carries to say who calls. */
export interface Identification {
  authorization: string | undefined;
  apiKey: string | undefined;
  /** A carrier came twice. */
  repeated: boolean;
  cookie: string | undefined;
  /** The request comes from a page of our own, or from no browser. */
  sameOrigin: boolean;
  address: string;
  userAgent: string | undefined;
}

/**
 * Finds the caller: an access key in any carrier, else the session of the cookie; undefined when there is neither.
 * Throws the reason of a refused key, and `cross_site` for a change from another site.
 */
export async function identify(app: App, entry: Operation, request: Identification): Promise<Caller | undefined> {
  const credential = parseCarriers(request);
  if (credential === 'malformed') throw new KeywrightError('malformed');
  // A browser sends cookies by itself, and a key as well once it has asked for one (Basic).
  if (entry.method !== 'GET' && !request.sameOrigin && (credential !== 'none' || request.cookie))
    throw new KeywrightError('cross_site');
  if (credential !== 'none') return keyCaller(app, entry, request, credential);
  return request.cookie === undefined ? undefined : sessionCaller(app, request.cookie);
}

type Credential = Exclude<ReturnType<typeof parseCarriers>, string>;

/** The management API is the first user of the verifier. */
async function keyCaller(app: App, entry: Operation, request: Identification, credential: Credential): Promise<Caller> {
  const at = app.now();
  const asked = { project: null, method: isReading(entry) ? 'GET' : 'POST', address: request.address };
  const decision = await app.verifier.verify(credential, asked, at);
  if (!decision.allowed) {
    const detail = decision.missing && `The access key lacks the permission for this. It needs ${decision.missing}.`;
    throw new KeywrightError(decision.reason, detail);
  }
  const { facts } = decision;
  app.uses.record(facts.key, at, request.address, request.userAgent, 'keywright');
  return {
    via: 'access_key',
    account: facts.account.id,
    owner: facts.owner,
    permission: facts.permission,
    key: facts,
    session: undefined,
  };
}

async function sessionCaller(app: App, cookie: string): Promise<Caller | undefined> {
  const session = await findSession(app.signIn, cookie);
  if (session === undefined) return undefined;
  const member = (await membersOfPerson(app.store.db, session.person)).find(one => one.state === 'active');
  if (member === undefined) return undefined;
  return {
    via: 'session',
    account: member.account,
    owner: { kind: 'member', id: member.id, name: member.name, role: member.role },
    permission: 'read_write',
    key: undefined,
    session,
  };
}
