import type { z } from 'zod';
import * as accessKeys from './access-keys.ts';
import * as account from './account.ts';
import * as accounts from './accounts.ts';
import * as apis from './apis.ts';
import * as events from './events.ts';
import * as keyPolicy from './key-policy.ts';
import * as legacyKeys from './legacy-keys.ts';
import * as members from './members.ts';
import type { Operation } from './operation.ts';
import * as profile from './profile.ts';
import * as projects from './projects.ts';
import * as reservations from './reservations.ts';
import * as serviceAccounts from './service-accounts.ts';
import * as setup from './setup.ts';
import * as useLimits from './use-limits.ts';
import * as verifiers from './verifiers.ts';
import * as verifying from './verify.ts';

/** Every operation of Keywright by its name. */
export const contract = {
  createAccessKey: accessKeys.createAccessKey,
  listAccessKeys: accessKeys.listAccessKeys,
  getAccessKey: accessKeys.getAccessKey,
  updateAccessKey: accessKeys.updateAccessKey,
  deactivateAccessKey: accessKeys.deactivateAccessKey,
  activateAccessKey: accessKeys.activateAccessKey,
  deleteAccessKey: accessKeys.deleteAccessKey,
  importAccessKeys: legacyKeys.importAccessKeys,
  getLimits: useLimits.getLimits,
  listMembers: members.listMembers,
  getMember: members.getMember,
  inviteMember: members.inviteMember,
  updateMember: members.updateMember,
  changeMemberRole: members.changeMemberRole,
  deactivateMember: members.deactivateMember,
  activateMember: members.activateMember,
  removeMember: members.removeMember,
  getInvitation: members.getInvitation,
  acceptInvitation: members.acceptInvitation,
  createServiceAccount: serviceAccounts.createServiceAccount,
  listServiceAccounts: serviceAccounts.listServiceAccounts,
  getServiceAccount: serviceAccounts.getServiceAccount,
  updateServiceAccount: serviceAccounts.updateServiceAccount,
  deactivateServiceAccount: serviceAccounts.deactivateServiceAccount,
  activateServiceAccount: serviceAccounts.activateServiceAccount,
  deleteServiceAccount: serviceAccounts.deleteServiceAccount,
  createProject: projects.createProject,
  listProjects: projects.listProjects,
  getProject: projects.getProject,
  updateProject: projects.updateProject,
  archiveProject: projects.archiveProject,
  unarchiveProject: projects.unarchiveProject,
  createApi: apis.createApi,
  listApis: apis.listApis,
  getApi: apis.getApi,
  updateApi: apis.updateApi,
  deleteApi: apis.deleteApi,
  listEndpoints: apis.listEndpoints,
  createEndpoint: apis.createEndpoint,
  updateEndpoint: apis.updateEndpoint,
  deleteEndpoint: apis.deleteEndpoint,
  importApi: apis.importApi,
  getAccount: account.getAccount,
  updateAccount: account.updateAccount,
  createManagedAccount: accounts.createManagedAccount,
  listAccounts: accounts.listAccounts,
  deactivateAccount: accounts.deactivateAccount,
  activateAccount: accounts.activateAccount,
  getKeyPolicy: keyPolicy.getKeyPolicy,
  updateKeyPolicy: keyPolicy.updateKeyPolicy,
  previewKeyPolicy: keyPolicy.previewKeyPolicy,
  listEvents: events.listEvents,
  checkEvents: events.checkEvents,
  listVerifiers: verifiers.listVerifiers,
  getSigningKey: verifiers.getSigningKey,
  readChanges: verifiers.readChanges,
  readFacts: verifiers.readFacts,
  acknowledgeChanges: verifiers.acknowledgeChanges,
  disconnectVerifier: verifiers.disconnectVerifier,
  reportUses: verifiers.reportUses,
  leaseUses: verifiers.leaseUses,
  readSnapshot: verifiers.readSnapshot,
  readKeyIds: verifiers.readKeyIds,
  getProfile: profile.getProfile,
  updateProfile: profile.updateProfile,
  changePassword: profile.changePassword,
  listSessions: profile.listSessions,
  revokeSession: profile.revokeSession,
  revokeSessions: profile.revokeSessions,
  whoami: profile.whoami,
  verify: verifying.verify,
  settleReservation: reservations.settleReservation,
  cancelReservation: reservations.cancelReservation,
  getSetup: setup.getSetup,
  setUp: setup.setUp,
} as const;

export type Contract = typeof contract;
export type OperationName = keyof Contract;

/** What a caller may send, before parsing. */
export type InputOf<Name extends OperationName> = z.input<Contract[Name]['input']>;
/** What a handler gets, after parsing. */
export type ParsedOf<Name extends OperationName> = z.output<Contract[Name]['input']>;
export type OutputOf<Name extends OperationName> = z.output<Contract[Name]['output']>;

export type AccessKey = z.output<typeof accessKeys.accessKey>;
export type Member = z.output<typeof members.member>;
export type ServiceAccount = z.output<typeof serviceAccounts.serviceAccount>;
export type Project = z.output<typeof projects.project>;
export type Api = z.output<typeof apis.api>;
export type Endpoint = z.output<typeof apis.endpoint>;
export type ImportDifference = z.output<typeof apis.difference>;
export type Event = z.output<typeof events.event>;
export type LimitState = z.output<typeof useLimits.limitState>;
export type Account = z.output<typeof account.account>;
export type ReachedAccount = z.output<typeof accounts.reachedAccount>;

export const operations: readonly Operation[] = Object.values(contract);
