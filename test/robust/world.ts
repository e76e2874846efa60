import { randomBytes } from 'node:crypto';
import type { InputOf, OperationName } from '@keywright/contract';
import { newId, type RandomBytes } from '@keywright/core';
import { type App, run } from '@keywright/server';
import { insertProject } from '@keywright/store';
import { connectVerifier } from '../operations/world.ts';
import { callOf, emailOf, makeAccount, makeKey, PASSWORD, type TestAccount } from '../support/app.ts';
import type { Wire } from './wire.ts';

const random: RandomBytes = count => randomBytes(count);

/** An account with everything that an operation can be about, and its owner's two ways in. */
export interface World {
  account: TestAccount;
  /** A key of the owner that may do everything. */
  token: string;
  /** The owner's session. */
  cookie: string;
  signInAgain(): Promise<void>;
  /** Another key, to be changed. */
  key: string;
  keyToken: string;
  project: string;
  invitation: string;
  /** An account that it manages. */
  managed: string;
  /** An API with one endpoint. */
  api: string;
  /** A verifier that has connected. */
  verifier: string;
}

export async function makeWorld(app: App, wire: Wire, name: string): Promise<World> {
  const account = await makeAccount(app, name);
  const { owner } = account.callers;
  const calling = await makeKey(app, owner, { name: 'calls' });
  const target = await makeKey(app, owner, { name: 'target' });
  const project = newId('prj', random);
  await app.store.transact(tx =>
    insertProject(tx, { id: project, account: account.id, name: 'Atlas', description: null, createdAt: app.now() }),
  );
  const invitee = { name: 'Grace', email: `grace@${name}.example`, role: 'member' } as const;
  const { invitation } = await run(app, 'inviteMember', invitee, callOf(owner));
  const api = (await run(app, 'createApi', { name: 'Orders' }, callOf(owner))).id;
  await run(app, 'createEndpoint', { api, method: 'GET', path: '/orders/{order}' }, callOf(owner));
  const world: World = {
    account,
    api,
    verifier: await connectVerifier(app, account.id),
    token: calling.token,
    cookie: await signIn(wire, emailOf(name, 'owner')),
    async signInAgain() {
      world.cookie = await signIn(wire, emailOf(name, 'owner'));
    },
    key: target.key,
    keyToken: target.token,
    project,
    invitation: invitation.split('token=')[1] ?? '',
    managed: (await run(app, 'createManagedAccount', { name: 'Enigma' }, callOf(owner))).id,
  };
  return world;
}

/** An address that no other call has; guesses are counted by address. */
export function someAddress(): string {
  return `10.${[...randomBytes(3)].join('.')}`;
}

/** The cookie of a new session. */
export async function signIn(wire: Wire, email: string): Promise<string> {
  const answer = await wire.ask({
    method: 'POST',
    path: '/api/auth/sign-in/email',
    headers: [
      ['content-type', 'application/json'],
      ['x-forwarded-for', someAddress()],
    ],
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
  if (cookie === undefined) throw new Error(`sign-in was refused: ${answer.body}`);
  return cookie.split(';', 1)[0] ?? '';
}

/** Limits that no test comes near. */
const LIMITED = {
  rateLimits: [{ name: 'steady', max: 1_000_000, perSeconds: 60, burst: 100_000 }],
  quotas: [{ name: 'monthly', max: 1_000_000_000, per: 'month', timeZone: 'Europe/Berlin' }],
} satisfies Partial<InputOf<'createAccessKey'>>;

type Inputs<Name extends OperationName> = { [One in Name]: InputOf<One> };
type AboutOwners = Extract<OperationName, `${string}Member${string}` | `${string}ServiceAccount${string}`>;

/** An input of each operation that is right in every field, so that a refusal is due to what was broken. */
export function validInputs(world: World): Inputs<OperationName> {
  const { key, project, invitation } = world;
  const event = { action: 'signIn', target: key, actor: key, since: LONG_AGO, until: FAR_AHEAD };
  return {
    ...keyInputs(world),
    ...ownerInputs(world),
    ...apiInputs(world),
    getInvitation: { token: invitation },
    acceptInvitation: { token: invitation, name: 'Grace', password: PASSWORD },
    createProject: { name: 'Atlas', description: 'Maps' },
    listProjects: { ...PAGING, archived: false, sort: '-name' },
    getProject: { project },
    updateProject: { project, name: 'Atlas', description: null },
    archiveProject: { project },
    unarchiveProject: { project },
    getAccount: {},
    updateAccount: { name: 'Bletchley', ...LIMITED },
    createManagedAccount: { name: 'Hut 8' },
    listAccounts: { ...PAGING, sort: '-name' },
    deactivateAccount: { account: world.managed },
    activateAccount: { account: world.managed },
    getKeyPolicy: {},
    updateKeyPolicy: {
      keysPerOwnerMax: 5000,
      deleteRequiresInactive: true,
      nameRequired: false,
      lifetimeDaysMax: null,
      tokenPrefix: 'kw',
    },
    previewKeyPolicy: { project, preset: 'least_privilege', keysPerOwnerMax: 1, networksRequired: true, limit: 2 },
    getLimits: {},
    listEvents: { ...event, limit: 2 },
    checkEvents: {},
    ...verifierInputs(world),
    getProfile: {},
    updateProfile: { name: 'Ada' },
    changePassword: { currentPassword: PASSWORD, newPassword: PASSWORD },
    listSessions: {},
    revokeSession: { session: 'a-session-of-nobody' },
    revokeSessions: {},
    whoami: {},
    verify: { credential: world.keyToken, method: 'GET', path: '/', address: '192.0.2.1', userAgent: 'test', project },
    settleReservation: { reservation: `rsv_${'a'.repeat(20)}`, cost: 3 },
    cancelReservation: { reservation: `rsv_${'a'.repeat(20)}` },
    getSetup: {},
    setUp: { token: 'nonsense', account: 'Bletchley', name: 'Ada', email: 'ada@example.com', password: PASSWORD },
  };
}

const LONG_AGO = '2020-01-01T00:00:00Z';
const FAR_AHEAD = '2999-01-01T00:00:00Z';
const PAGING = { limit: 2, text: 'a' };

function keyInputs({ account, key, project }: World): Inputs<Extract<OperationName, `${string}AccessKey${string}`>> {
  const editable = {
    name: 'Deploys',
    description: 'Every night',
    permission: 'read_only',
    expiresAt: FAR_AHEAD,
    notBefore: LONG_AGO,
    networks: ['192.0.2.0/24'],
    tags: ['night'],
    ...LIMITED,
  } as const satisfies InputOf<'createAccessKey'>;
  const owner = account.serviceAccount;
  return {
    createAccessKey: { ...editable, owner, project },
    listAccessKeys: { ...PAGING, owner, state: 'active', project, sort: 'name', unusedSince: LONG_AGO },
    getAccessKey: { key },
    updateAccessKey: { key, ...editable, enabled: false },
    deactivateAccessKey: { key },
    activateAccessKey: { key },
    deleteAccessKey: { key },
    importAccessKeys: { rows: [{ owner, secret: 'sk_live_of_another_system' }], scheme: { algorithm: 'sha512' } },
  };
}

type AboutVerifiers =
  | 'listVerifiers'
  | 'getSigningKey'
  | 'readChanges'
  | 'readFacts'
  | 'acknowledgeChanges'
  | 'disconnectVerifier'
  | 'reportUses'
  | 'leaseUses'
  | 'readSnapshot'
  | 'readKeyIds';

function verifierInputs({ key, api, verifier }: World): Inputs<AboutVerifiers> {
  return {
    listVerifiers: {},
    getSigningKey: {},
    readChanges: { after: 0, verifier, name: 'gateway', version: '1', staleMaxMs: 5000, onStale: 'serve' },
    readFacts: { keys: [key], apis: [api] },
    acknowledgeChanges: { verifier, sequence: 1, entries: 1, hitRate: 0.5, lagMs: 2 },
    disconnectVerifier: { verifier },
    reportUses: {
      verifier,
      batch: 1,
      uses: [{ key, count: 1, at: LONG_AGO, address: '192.0.2.1', userAgent: 'test' }],
    },
    leaseUses: {
      verifier,
      leases: [{ key, needed: 1, wanted: 2 }],
      ended: [{ lease: 'lse_mfrggzdfmztwq2lknnwg', unused: 1 }],
    },
    readSnapshot: { atOnce: 2 },
    readKeyIds: { atOnce: 2 },
  };
}

type AboutApis = Extract<OperationName, `${string}Api${string}` | `${string}Endpoint${string}`>;

function apiInputs({ api, project }: World): Inputs<AboutApis> {
  const endpoint = 'GET /orders/{}';
  const said = { reads: true, name: 'getOrder', summary: 'Look at an order', tag: 'orders' };
  const document = '{"openapi": "3.1.0", "paths": {"/orders": {"get": {}}}}';
  return {
    createApi: { name: 'Orders', description: 'Takes orders', project },
    listApis: { ...PAGING, project, sort: '-name' },
    getApi: { api },
    updateApi: { api, name: 'Orders', description: null },
    deleteApi: { api },
    listEndpoints: { ...PAGING, api, tag: 'orders', method: 'GET', reads: true },
    createEndpoint: { api, method: 'POST', path: '/orders', ...said },
    updateEndpoint: { api, endpoint, ...said },
    deleteEndpoint: { api, endpoint },
    importApi: {
      api,
      document,
      files: { 'paths.yaml': 'get: {}' },
      basePath: '/v2',
      removeGranted: false,
      widen: false,
    },
  };
}

function ownerInputs({ account }: World): Inputs<AboutOwners> {
  const member = { member: account.callers.viewer.owner.id };
  const serviceAccount = { serviceAccount: account.serviceAccount };
  return {
    listMembers: { ...PAGING, role: 'owner', state: 'active', sort: '-createdAt' },
    getMember: member,
    inviteMember: { name: 'Alan', email: 'alan@bletchley.example', role: 'viewer' },
    updateMember: { ...member, ...LIMITED },
    changeMemberRole: { ...member, role: 'member' },
    deactivateMember: member,
    activateMember: member,
    removeMember: member,
    createServiceAccount: { name: 'Night train', description: 'Runs', role: 'viewer', ...LIMITED },
    listServiceAccounts: { ...PAGING, sort: '-name' },
    getServiceAccount: serviceAccount,
    updateServiceAccount: { ...serviceAccount, name: 'Day train', description: null, role: 'member', ...LIMITED },
    deactivateServiceAccount: serviceAccount,
    activateServiceAccount: serviceAccount,
    deleteServiceAccount: serviceAccount,
  };
}
