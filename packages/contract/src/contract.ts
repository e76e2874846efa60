import type { z } from 'zod';
import * as accessKeys from './access-keys.ts';
import * as account from './account.ts';
import * as events from './events.ts';
import * as members from './members.ts';
import type { Operation } from './operation.ts';
import * as profile from './profile.ts';
import * as serviceAccounts from './service-accounts.ts';
import * as setup from './setup.ts';
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
  listMembers: members.listMembers,
  getMember: members.getMember,
  inviteMember: members.inviteMember,
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
  getAccount: account.getAccount,
  updateAccount: account.updateAccount,
  getKeyPolicy: account.getKeyPolicy,
  updateKeyPolicy: account.updateKeyPolicy,
  listEvents: events.listEvents,
  checkEvents: events.checkEvents,
  getProfile: profile.getProfile,
  updateProfile: profile.updateProfile,
  changePassword: profile.changePassword,
  listSessions: profile.listSessions,
  revokeSession: profile.revokeSession,
  revokeSessions: profile.revokeSessions,
  whoami: profile.whoami,
  verify: verifying.verify,
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
export type Event = z.output<typeof events.event>;

export const operations: readonly Operation[] = Object.values(contract);
