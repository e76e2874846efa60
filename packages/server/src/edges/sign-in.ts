import { KeywrightError } from '@keywright/core';
import { appendEvents, deleteSessions, lockChanges, membershipsOf } from '@keywright/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { memberTarget } from '../operations/members/present-member.ts';
import { CLIENT_ADDRESS_HEADER } from '../sign-in.ts';
import { addressOf, isSameOrigin } from './request.ts';

/** Signing in and out, the only two of better-auth's endpoints that are served: all else about people is an operation of ours. */
export function serveSignIn(server: FastifyInstance, app: App): void {
  const at = (operation: string) => ({ config: { operation } });
  server.post('/api/auth/sign-in/email', at('signIn'), (request, reply) => signIn(app, request, reply));
  server.post('/api/auth/sign-out', at('signOut'), (request, reply) => signOut(app, request, reply));
}

async function signIn(app: App, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  refuseCrossSite(app, request);
  const { email, password } = credentialsOf(request.body);
  const response = await pass(app, request, '/sign-in/email', { email, password });
  if (response.status === 429)
    throw new KeywrightError(
      'too_many_attempts',
      'Too many sign-ins from this address. Wait a minute, then try again.',
    );
  if (response.status >= 500) throw new KeywrightError('unavailable');
  if (!response.ok) throw new KeywrightError('unauthenticated', 'E-mail address or password is wrong.');
  const { user }: { user: { id: string } } = await response.json();
  await admit(app, user.id, addressOf(app, request));
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
  return reply.header('cache-control', 'no-store').send({ done: true });
}

async function signOut(app: App, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  refuseCrossSite(app, request);
  const response = await pass(app, request, '/sign-out', {});
  if (!response.ok) throw new KeywrightError(response.status === 429 ? 'too_many_attempts' : 'unavailable');
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
  return reply.header('cache-control', 'no-store').send({ done: true });
}

/** Whoever is an active member of no account gets no session; everybody else's sign-in is an event. */
async function admit(app: App, person: string, address: string): Promise<void> {
  const members = await membershipsOf(app.store.db, person);
  await app.store.transact(async tx => {
    await lockChanges(tx, app.store);
    if (members.length === 0) await deleteSessions(tx, person);
    const at = app.now();
    const events = members.map(member => ({
      account: member.account,
      at,
      action: 'signIn',
      actor: memberTarget({ id: member.member, name: member.name }),
      owner: null,
      target: memberTarget({ id: member.member, name: member.name }),
      details: {},
      address,
    }));
    await appendEvents(tx, events);
  });
  if (members.length === 0)
    throw new KeywrightError('unauthenticated', 'You are not an active member of any account. Ask an administrator.');
}

function credentialsOf(body: unknown): { email: string; password: string } {
  const { email, password } = (body ?? {}) as { email?: unknown; password?: unknown };
  if (
    typeof email !== 'string' ||
    typeof password !== 'string' ||
    email.length > 300 ||
    password.length > 1000 ||
    !isText(email + password)
  ) {
    const problems = ['email', 'password'].map(field => ({ field, rule: 'required', message: 'is required (string)' }));
    throw new KeywrightError('invalid_value', 'Give e-mail address and password.', problems);
  }
  return { email: email.trim().toLowerCase(), password };
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function refuseCrossSite(app: App, request: FastifyRequest): void {
  if (!isSameOrigin(app, request)) throw new KeywrightError('cross_site');
}

/** Hands the request to better-auth with our origin and the client's true address. */
async function pass(app: App, request: FastifyRequest, path: string, body: object): Promise<Response> {
  const headers = new Headers({
    'content-type': 'application/json',
    origin: app.origin(),
    'user-agent': (request.headers['user-agent'] ?? '').slice(0, 200),
    [CLIENT_ADDRESS_HEADER]: addressOf(app, request),
  });
  if (request.headers.cookie !== undefined) headers.set('cookie', request.headers.cookie);
  return app.signIn.handler(
    new Request(`${app.origin()}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  );
}
