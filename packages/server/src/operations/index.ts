import type { OperationName } from '@keywright/contract';
import type { Handler } from '../context.ts';
import { activateAccessKey } from './access-keys/activate-access-key.ts';
import { createAccessKey } from './access-keys/create-access-key.ts';
import { deactivateAccessKey } from './access-keys/deactivate-access-key.ts';
import { deleteAccessKey } from './access-keys/delete-access-key.ts';
import { getAccessKey } from './access-keys/get-access-key.ts';
import { importAccessKeys } from './access-keys/import-access-keys.ts';
import { listAccessKeys } from './access-keys/list-access-keys.ts';
import { updateAccessKey } from './access-keys/update-access-key.ts';
import { getAccount } from './account/get-account.ts';
import { updateAccount } from './account/update-account.ts';
import { activateAccount } from './accounts/activate-account.ts';
import { createManagedAccount } from './accounts/create-managed-account.ts';
import { deactivateAccount } from './accounts/deactivate-account.ts';
import { listAccounts } from './accounts/list-accounts.ts';
import { createApi } from './apis/create-api.ts';
import { createEndpoint } from './apis/create-endpoint.ts';
import { deleteApi } from './apis/delete-api.ts';
import { deleteEndpoint } from './apis/delete-endpoint.ts';
import { getApi } from './apis/get-api.ts';
import { importApi } from './apis/import-api.ts';
import { listApis } from './apis/list-apis.ts';
import { listEndpoints } from './apis/list-endpoints.ts';
import { updateApi } from './apis/update-api.ts';
import { updateEndpoint } from './apis/update-endpoint.ts';
import { checkEvents } from './events/check-events.ts';
import { listEvents } from './events/list-events.ts';
import { getKeyPolicy } from './key-policy/get-key-policy.ts';
import { previewKeyPolicy } from './key-policy/preview-key-policy.ts';
import { updateKeyPolicy } from './key-policy/update-key-policy.ts';
import { getLimits } from './limits/get-limits.ts';
import { acceptInvitation } from './members/accept-invitation.ts';
import { activateMember } from './members/activate-member.ts';
import { changeMemberRole } from './members/change-member-role.ts';
import { deactivateMember } from './members/deactivate-member.ts';
import { getInvitation } from './members/get-invitation.ts';
import { getMember } from './members/get-member.ts';
import { inviteMember } from './members/invite-member.ts';
import { listMembers } from './members/list-members.ts';
import { removeMember } from './members/remove-member.ts';
import { updateMember } from './members/update-member.ts';
import { changePassword } from './profile/change-password.ts';
import { getProfile } from './profile/get-profile.ts';
import { listSessions } from './profile/list-sessions.ts';
import { revokeSession } from './profile/revoke-session.ts';
import { revokeSessions } from './profile/revoke-sessions.ts';
import { updateProfile } from './profile/update-profile.ts';
import { whoami } from './profile/whoami.ts';
import { archiveProject } from './projects/archive-project.ts';
import { createProject } from './projects/create-project.ts';
import { getProject } from './projects/get-project.ts';
import { listProjects } from './projects/list-projects.ts';
import { unarchiveProject } from './projects/unarchive-project.ts';
import { updateProject } from './projects/update-project.ts';
import { cancelReservation } from './reservations/cancel-reservation.ts';
import { settleReservation } from './reservations/settle-reservation.ts';
import { activateServiceAccount } from './service-accounts/activate-service-account.ts';
import { createServiceAccount } from './service-accounts/create-service-account.ts';
import { deactivateServiceAccount } from './service-accounts/deactivate-service-account.ts';
import { deleteServiceAccount } from './service-accounts/delete-service-account.ts';
import { getServiceAccount } from './service-accounts/get-service-account.ts';
import { listServiceAccounts } from './service-accounts/list-service-accounts.ts';
import { updateServiceAccount } from './service-accounts/update-service-account.ts';
import { getSetup } from './setup/get-setup.ts';
import { setUp } from './setup/set-up.ts';
import { acknowledgeChanges } from './verifiers/acknowledge-changes.ts';
import { disconnectVerifier } from './verifiers/disconnect-verifier.ts';
import { getSigningKey } from './verifiers/get-signing-key.ts';
import { leaseUses } from './verifiers/lease-uses.ts';
import { listVerifiers } from './verifiers/list-verifiers.ts';
import { readChanges } from './verifiers/read-changes.ts';
import { readFacts } from './verifiers/read-facts.ts';
import { readKeyIds } from './verifiers/read-key-ids.ts';
import { readSnapshot } from './verifiers/read-snapshot.ts';
import { reportUses } from './verifiers/report-uses.ts';
import { verify } from './verify/verify.ts';

/** The handler of every operation: the compiler misses one that lacks it. */
export const handlers: { [Name in OperationName]: Handler<Name> } = {
  createAccessKey,
  listAccessKeys,
  getAccessKey,
  updateAccessKey,
  deactivateAccessKey,
  activateAccessKey,
  deleteAccessKey,
  importAccessKeys,
  getLimits,
  listMembers,
  getMember,
  inviteMember,
  updateMember,
  changeMemberRole,
  deactivateMember,
  activateMember,
  removeMember,
  getInvitation,
  acceptInvitation,
  createServiceAccount,
  listServiceAccounts,
  getServiceAccount,
  updateServiceAccount,
  deactivateServiceAccount,
  activateServiceAccount,
  deleteServiceAccount,
  createProject,
  listProjects,
  getProject,
  updateProject,
  archiveProject,
  unarchiveProject,
  createApi,
  listApis,
  getApi,
  updateApi,
  deleteApi,
  listEndpoints,
  createEndpoint,
  updateEndpoint,
  deleteEndpoint,
  importApi,
  getAccount,
  updateAccount,
  createManagedAccount,
  listAccounts,
  deactivateAccount,
  activateAccount,
  getKeyPolicy,
  updateKeyPolicy,
  previewKeyPolicy,
  listEvents,
  checkEvents,
  listVerifiers,
  getSigningKey,
  readChanges,
  readFacts,
  acknowledgeChanges,
  disconnectVerifier,
  reportUses,
  leaseUses,
  readKeyIds,
  readSnapshot,
  getProfile,
  updateProfile,
  changePassword,
  listSessions,
  revokeSession,
  revokeSessions,
  whoami,
  verify,
  settleReservation,
  cancelReservation,
  getSetup,
  setUp,
};
