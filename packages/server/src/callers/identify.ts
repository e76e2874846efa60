import type { Operation } from '@keywright/contract';
import { BUILT_IN_API, KeywrightError, readCarriers } from '@keywright/core';
import { membershipsOf } from '@keywright/store';
import type { App } from '../app.ts';
import { openCallers } from '../open-access.ts';
import { findSession } from '../sign-in.ts';
import { verifyAt } from '../verify-at.ts';
import { actIn } from './act-in.ts';
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
  /** It was made on this machine: to a loopback name, by no page of another site, through no proxy. */
  local: boolean;
  address: string;
  userAgent: string | undefined;
  /** The account in which the caller wants to act (header Keywright-Account). */
  account: string | undefined;
}

/**
 * Finds the caller: an access key in any carrier, else the session of the cookie; undefined when there is neither.
 * Throws the reason of a refused key, and `cross_site` for a change from another site. At the endpoint of a project only its own keys
 * are let in.
 */
export async function identify(
  app: App,
  entry: Operation,
  request: Identification,
  project: string | null = null,
): Promise<Caller | undefined> {
  const credential = readCarriers(request);
  // A browser sends cookies by itself, and a key as well once it has asked for one (Basic).
  if (entry.method !== 'GET' && !request.sameOrigin && (credential !== undefined || request.cookie))
    throw new KeywrightError('cross_site');
  if (credential !== undefined) {
    const caller = await keyCaller(app, entry, request, credential, project);
    return actIn(app.store.db, [caller], request.account);
  }
  const homes = request.cookie === undefined ? [] : await sessionCallers(app, request.cookie);
  if (homes.length === 0 && app.config.openAccess) homes.push(...(await openly(app, request)));
  return actIn(app.store.db, homes, request.account);
}

/** The management API is the first user of the verifier. */
async function keyCaller(
  app: App,
  entry: Operation,
  request: Identification,
  credential: string,
  project: string | null,
): Promise<Caller> {
  const { address, userAgent: agent } = request;
  // Whether it may do what it came for, `run` decides.
  // Verifiers go on hearing of changes, above all of those that let keys in again.
  const unlimited = entry.right === 'verifiers:use' || undefined;
  const asked = { project, address, agent, api: BUILT_IN_API, authenticateOnly: true as const, unlimited };
  const at = app.now();
  const door = app.counted.doors.management;
  let decision = await verifyAt(app, door, credential, asked, at);
  // The endpoint of a project is also one of the things of its account, for keys that belong to no project.
  if (entry.name === 'getProject' && !decision.allowed && decision.facts?.project === null)
    decision = await verifyAt(app, door, credential, { ...asked, project: null }, at);
  if (!decision.allowed) {
    const { charged } = decision;
    throw new KeywrightError(decision.reason, undefined, [], { charged });
  }
  const { facts } = decision;
  return {
    via: 'access_key',
    account: facts.account.id,
    owner: facts.owner,
    permission: facts.permission,
    key: facts,
    session: undefined,
  };
}

/** With open access nobody has to say who they are; pages of other sites, and whoever comes through a proxy, must. */
async function openly(app: App, request: Identification): Promise<Caller[]> {
  if (request.local) return openCallers(app);
  throw new KeywrightError(
    'cross_site',
    'With open access a request must come from this machine itself: to a loopback address such as 127.0.0.1 as its Host, from no other site, and through no proxy.',
  );
}

/** Who the signed-in person is in each account where they are an active member. */
async function sessionCallers(app: App, cookie: string): Promise<Caller[]> {
  const session = await findSession(app.signIn, cookie);
  if (session === undefined) return [];
  const memberships = await membershipsOf(app.store.db, session.person);
  return memberships.map(({ account, member, name, role }) => ({
    via: 'session',
    account,
    owner: { kind: 'member', id: member, name, role },
    permission: 'read_write',
    key: undefined,
    session,
  }));
}
