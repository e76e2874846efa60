import type { InputOf, Operation, OperationName } from '@keywright/contract';
import type { Caller } from '@keywright/server';
import { run } from '@keywright/server';
import { callOf, makeKey, PASSWORD, renewSessions } from '../support/app.ts';
import { connectVerifier, makeMember, makeSession, serial, type World } from './world.ts';

/** Makes a valid input of an operation for an owner of the home account; whatever it names is made anew. */
type Case<Name extends OperationName, Given> = (given: Given) => InputOf<Name> | Promise<InputOf<Name>>;
type Cases = { [Name in Exclude<OperationName, 'setUp'>]: Case<Name, World> } & { setUp: Case<'setUp', ServerOnly> };
/** `setUp` succeeds on a server only that has no account yet. */
type ServerOnly = Pick<World, 'app'>;

/** Limits that no test comes near. */
const LIMITED = {
  rateLimits: [{ name: 'steady', max: 1_000_000, perSeconds: 60, burst: 100_000 }],
  quotas: [{ name: 'monthly', max: 1_000_000_000, per: 'month', timeZone: 'Europe/Berlin' }],
} satisfies InputOf<'createAccessKey'>;

/** One case for each operation: the tests of refusals, of outputs and of parity loop over them. */
export const cases: Cases = {
  createAccessKey: ({ app, home }) => ({
    owner: home.serviceAccount,
    project: home.project,
    name: 'Deploys',
    description: 'Two\nlines',
    permission: 'read_only',
    notBefore: new Date(app.now() - 60_000).toISOString(),
    expiresAt: new Date(app.now() + 3_600_000).toISOString(),
    networks: ['192.0.2.0/24', '2001:db8::/32'],
    tags: ['blue', 'green'],
    ...LIMITED,
  }),
  listAccessKeys: async world => {
    const { home, app } = world;
    const text = `listed ${serial()}`;
    const owner = home.callers.admin.owner.id;
    await makeKey(app, home.callers.owner, { owner: home.callers.admin.owner.id, name: text, project: home.project });
    const unusedSince = new Date(app.now()).toISOString();
    return { owner, text, project: home.project, state: 'active', unusedSince, sort: 'name', limit: 5 };
  },
  importAccessKeys: ({ home }) => ({
    rows: [{ owner: home.serviceAccount, secret: `sk_live_${serial()}_of_another_system`, name: 'From elsewhere' }],
  }),
  getLimits: () => ({}),
  getAccessKey: async world => ({ key: await keyOf(world) }),
  updateAccessKey: async world => ({
    key: await keyOf(world),
    name: 'Renamed',
    description: null,
    permission: 'read_only',
    networks: ['192.0.2.7'],
    tags: [],
    ...LIMITED,
    enabled: false,
  }),
  deactivateAccessKey: async world => ({ key: await keyOf(world) }),
  activateAccessKey: async world => ({ key: await inactiveKeyOf(world) }),
  deleteAccessKey: async world => ({ key: await inactiveKeyOf(world) }),

  listMembers: () => ({ text: 'home', role: 'viewer', state: 'active', sort: '-createdAt', limit: 10 }),
  getMember: ({ home }) => ({ member: home.callers.viewer.owner.id }),
  inviteMember: () => ({ name: 'Grace', email: `invited-${serial()}@example.com`, role: 'viewer' }),
  updateMember: async world => ({ member: await memberOf(world), ...LIMITED }),
  changeMemberRole: async world => ({ member: await memberOf(world), role: 'viewer' }),
  deactivateMember: async world => ({ member: await memberOf(world) }),
  activateMember: async world => {
    const member = await memberOf(world);
    await run(world.app, 'deactivateMember', { member }, asOwner(world));
    return { member };
  },
  removeMember: async world => ({ member: await memberOf(world) }),
  getInvitation: async world => ({ token: await invitationOf(world) }),
  acceptInvitation: async world => ({ token: await invitationOf(world), name: 'Grace Hopper', password: PASSWORD }),

  createServiceAccount: () => ({ name: 'Builder', description: 'Builds', role: 'viewer', ...LIMITED }),
  listServiceAccounts: () => ({ text: 'home', sort: '-name', limit: 3 }),
  getServiceAccount: ({ home }) => ({ serviceAccount: home.serviceAccount }),
  updateServiceAccount: async world => ({
    serviceAccount: await serviceAccountOf(world),
    name: 'Runner',
    description: null,
    role: 'admin',
    ...LIMITED,
  }),
  deactivateServiceAccount: async world => ({ serviceAccount: await serviceAccountOf(world) }),
  activateServiceAccount: async world => {
    const serviceAccount = await serviceAccountOf(world);
    await run(world.app, 'deactivateServiceAccount', { serviceAccount }, asOwner(world));
    return { serviceAccount };
  },
  deleteServiceAccount: async world => ({ serviceAccount: await serviceAccountOf(world) }),

  createProject: () => ({ name: 'Atlas', description: 'Maps' }),
  listProjects: () => ({ text: 'home', archived: false, sort: '-name', limit: 3 }),
  getProject: ({ home }) => ({ project: home.project }),
  updateProject: async world => ({ project: await projectOf(world), name: 'Globe', description: null }),
  archiveProject: async world => ({ project: await projectOf(world) }),
  unarchiveProject: async world => {
    const project = await projectOf(world);
    await run(world.app, 'archiveProject', { project }, asOwner(world));
    return { project };
  },

  createApi: ({ home }) => ({ name: 'Orders', description: 'Takes orders', project: home.project }),
  listApis: async world => {
    await apiOf(world);
    return { text: 'orders', sort: '-name', limit: 2 };
  },
  getApi: async world => ({ api: await apiOf(world) }),
  updateApi: async world => ({ api: await apiOf(world), name: 'Bookings', description: null }),
  deleteApi: async world => ({ api: await apiOf(world) }),
  listEndpoints: async world => ({
    api: await apiOf(world),
    text: 'order',
    tag: 'orders',
    method: 'GET',
    reads: true,
    limit: 1,
  }),
  createEndpoint: async world => ({
    api: await apiOf(world),
    method: 'POST',
    path: '/orders/search',
    reads: true,
    name: 'searchOrders',
    summary: 'Search orders',
    tag: 'orders',
  }),
  updateEndpoint: async world => ({
    api: await apiOf(world),
    endpoint: 'GET /orders/{}',
    reads: false,
    name: null,
    summary: 'Look',
    tag: 'orders',
  }),
  deleteEndpoint: async world => ({
    api: await apiOf(world),
    endpoint: 'GET /orders/{}',
  }),
  importApi: async world => ({
    api: await apiOf(world),
    document: ORDERS,
    files: { 'paths/order.yaml': 'get: { operationId: getOrder }' },
    basePath: '/v2',
    apply: true,
    removeGranted: true,
    widen: true,
  }),

  getAccount: () => ({}),
  updateAccount: async world => {
    await run(world.app, 'updateAccount', LIMITED, asOwner(world));
    return { name: 'Home sweet home', rateLimits: [], quotas: [] };
  },
  createManagedAccount: () => ({ name: 'Customer' }),
  listAccounts: async world => {
    await managedAccountOf(world);
    return { text: 'customer', sort: '-createdAt', limit: 2 };
  },
  deactivateAccount: async world => ({ account: await managedAccountOf(world) }),
  activateAccount: async world => {
    const account = await managedAccountOf(world);
    await run(world.app, 'deactivateAccount', { account }, asOwner(world));
    return { account };
  },
  getKeyPolicy: () => ({}),
  updateKeyPolicy: () => ({ keysPerOwnerMax: null, deleteRequiresInactive: true, tokenPrefix: 'home' }),
  previewKeyPolicy: ({ home }) => ({
    project: home.project,
    preset: 'two_keys_an_owner',
    nameRequired: true,
    limit: 3,
  }),

  listEvents: async world => {
    const key = await keyOf(world);
    const { app, home } = world;
    const window = { since: new Date(app.now()).toISOString(), until: new Date(app.now() + 1).toISOString() };
    return { action: 'createAccessKey', target: key, actor: home.callers.owner.owner.id, ...window, limit: 2 };
  },
  checkEvents: () => ({}),

  listVerifiers: () => ({}),
  getSigningKey: () => ({}),
  readChanges: () => ({ after: 0 }),
  readFacts: async world => ({ keys: [await keyOf(world)], apis: [await apiOf(world)] }),
  acknowledgeChanges: async world => ({
    verifier: await verifierOf(world),
    sequence: 1,
    entries: 2,
    hitRate: 0.5,
    lagMs: 2,
  }),
  disconnectVerifier: async world => ({ verifier: await verifierOf(world) }),
  reportUses: async world => {
    const key = await keyOf(world);
    const use = { key, count: 2, at: new Date(world.app.now()).toISOString(), address: '192.0.2.1', userAgent: 'curl' };
    return { verifier: await verifierOf(world), batch: 1, uses: [use] };
  },
  leaseUses: async world => {
    const leases = [{ key: await keyOf(world), needed: 1, wanted: 2 }];
    return { verifier: await verifierOf(world), leases, ended: [{ lease: 'lse_mfrggzdfmztwq2lknnwg', unused: 1 }] };
  },
  readSnapshot: () => ({ atOnce: 2 }),
  readKeyIds: () => ({ atOnce: 2 }),

  getProfile: () => ({}),
  updateProfile: () => ({ name: `Home owner ${serial()}` }),
  changePassword: () => ({ currentPassword: PASSWORD, newPassword: PASSWORD }),
  listSessions: () => ({}),
  revokeSession: async ({ app, home }) => ({
    session: await makeSession(app, home.callers.owner.session?.person ?? ''),
  }),
  revokeSessions: () => ({}),
  whoami: () => ({}),
  verify: async ({ app, home }) => {
    const { token } = await makeKey(app, home.callers.admin, { networks: ['192.0.2.0/24'], project: home.project });
    // It takes nothing from the limits of the account: asked twice, it is answered alike.
    const asked = { method: 'GET', path: '/things', address: '192.0.2.1', userAgent: 'curl', cost: 0 };
    return { credential: token, project: home.project, account: home.id, ...asked };
  },

  settleReservation: async world => ({ reservation: await reservationOf(world), cost: 3 }),
  cancelReservation: async world => ({ reservation: await reservationOf(world) }),

  getSetup: () => ({}),
  setUp: ({ app }) => ({
    token: app.setupToken.issue(app.random).reveal(),
    account: 'Firm',
    name: 'Ada',
    email: 'ada@example.com',
    password: PASSWORD,
  }),
};

/** Who calls in the cases. */
export function callerIn({ home }: World): Caller {
  return home.callers.owner;
}

/** The input of the case of an operation that is known only inside a loop. */
export async function validInput(world: World, entry: Operation): Promise<Record<string, unknown>> {
  await renewSessions(world.app, world.home);
  return cases[entry.name as OperationName](world); // the contract has no other names
}

function asOwner(world: World) {
  return callOf(callerIn(world));
}

/** A verifier of the account that has connected. */
function verifierOf({ app, home }: World): Promise<string> {
  return connectVerifier(app, home.id);
}

/** What was reserved for a use of a limited key. */
async function reservationOf({ app, home }: World): Promise<string> {
  const { token } = await makeKey(app, home.callers.owner, LIMITED);
  const decision = await run(app, 'verify', { credential: token, reserve: 5 }, callOf(undefined));
  return ('reservation' in decision && decision.reservation?.id) || '';
}

async function keyOf({ app, home }: World): Promise<string> {
  return (await makeKey(app, home.callers.owner, { name: 'Some key' })).key;
}

async function inactiveKeyOf(world: World): Promise<string> {
  const key = await keyOf(world);
  await run(world.app, 'deactivateAccessKey', { key }, asOwner(world));
  return key;
}

async function memberOf({ app, home }: World): Promise<string> {
  return (await makeMember(app, home.id)).caller.owner.id;
}

async function serviceAccountOf(world: World): Promise<string> {
  return (await run(world.app, 'createServiceAccount', { name: 'Robot' }, asOwner(world))).id;
}

async function projectOf(world: World): Promise<string> {
  return (await run(world.app, 'createProject', { name: 'Atlas' }, asOwner(world))).id;
}

/** A document whose second path stands in a file of its own. */
const ORDERS =
  '{"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"get": {}}, "/orders/{order}": {"$ref": "paths/order.yaml"}}}';

/** An API with one endpoint. */
async function apiOf(world: World): Promise<string> {
  const api = (await run(world.app, 'createApi', { name: 'Orders' }, asOwner(world))).id;
  const endpoint = { api, method: 'GET', path: '/orders/{order}', tag: 'orders' } as const;
  await run(world.app, 'createEndpoint', endpoint, asOwner(world));
  return api;
}

async function managedAccountOf(world: World): Promise<string> {
  return (await run(world.app, 'createManagedAccount', { name: 'Customer' }, asOwner(world))).id;
}

/** The token at the end of a new invitation link. */
async function invitationOf(world: World): Promise<string> {
  const email = `invited-${serial()}@example.com`;
  const { invitation } = await run(world.app, 'inviteMember', { name: 'Grace', email }, asOwner(world));
  return tokenOf(invitation);
}

export function tokenOf(link: string): string {
  return new URLSearchParams(new URL(link).hash.slice(1)).get('token') ?? '';
}
