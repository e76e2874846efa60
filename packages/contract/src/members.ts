import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';
import * as useLimits from './use-limits.ts';

export const MEMBER_STATES = ['active', 'inactive', 'invited'] as const;

export const member = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: f.role,
    state: z.enum(MEMBER_STATES),
    keys: z.int().meta({ description: 'How many access keys the member owns.' }),
    createdAt: f.timeOut,
    ...useLimits.shown,
    ...received,
  })
  .meta({ id: 'Member' });

/** An invited member with the link to hand over: the only answer that ever holds it. */
const invitedMember = member
  .extend({
    invitation: z
      .string()
      .meta({ description: 'The link with which the invited person joins, once. Hand it over yourself.' }),
    invitationExpiresAt: f.timeOut,
  })
  .meta({ id: 'InvitedMember' });

const one = {
  noun: 'members',
  right: 'directory:change',
  input: z.strictObject({ member: f.memberId, ...waiting }),
  output: member,
} as const;

export const listMembers = operation({
  name: 'listMembers',
  inProject: true,
  noun: 'members',
  summary: 'List members',
  description: 'At the endpoint of a project, too, these are all members of the account.',
  method: 'GET',
  path: '/members',
  cli: 'members list',
  right: 'directory:see',
  input: z.strictObject({
    role: f.role.optional(),
    state: z.enum(MEMBER_STATES).optional().meta({ description: 'Only members in this state.' }),
    text: f.search,
    sort: z
      .enum(['name', '-name', 'createdAt', '-createdAt'])
      .default('name')
      .meta({ description: f.SORT_DESCRIPTION }),
    ...f.paging,
  }),
  output: f.pageOf(member, 'MemberPage'),
  errors: [],
});

export const getMember = operation({
  ...one,
  name: 'getMember',
  inProject: true,
  summary: 'Get one member',
  method: 'GET',
  path: '/members/{member}',
  cli: 'members get',
  right: 'directory:see',
  input: z.strictObject({ member: f.memberId }),
  errors: ['not_found'],
});

export const inviteMember = operation({
  name: 'inviteMember',
  noun: 'members',
  summary: 'Invite a person',
  description: 'Answers with a link that works once and for seven days.',
  method: 'POST',
  path: '/members',
  cli: 'members invite',
  right: 'directory:change',
  creates: true,
  showsSecret: true,
  input: z.strictObject({ name: f.personName, email: f.email, role: f.role.default('member') }),
  output: invitedMember,
  errors: ['conflict', 'broader_key'],
});

export const updateMember = operation({
  ...one,
  name: 'updateMember',
  summary: 'Change the limits of a member',
  description: 'They hold for all access keys of the member together. What is left out stays.',
  method: 'PATCH',
  path: '/members/{member}',
  cli: 'members edit',
  input: z.strictObject({ member: f.memberId, ...useLimits.optional, ...waiting }),
  errors: ['not_found', 'broader_key'],
});

export const changeMemberRole = operation({
  ...one,
  name: 'changeMemberRole',
  summary: 'Change the role of a member',
  description: 'Only owners make owners or take that role away. The last owner stays one.',
  method: 'POST',
  path: '/members/{member}/role',
  cli: 'members role',
  input: z.strictObject({ member: f.memberId, role: f.role, ...waiting }),
  errors: ['not_found', 'conflict', 'broader_key'],
});

export const deactivateMember = operation({
  ...one,
  name: 'deactivateMember',
  summary: 'Deactivate a member',
  description: 'Signs the person out everywhere and stops all their access keys at once.',
  method: 'POST',
  path: '/members/{member}/deactivate',
  cli: 'members deactivate',
  errors: ['not_found', 'conflict'],
});

export const activateMember = operation({
  ...one,
  name: 'activateMember',
  summary: 'Activate a member',
  method: 'POST',
  path: '/members/{member}/activate',
  cli: 'members activate',
  errors: ['not_found', 'conflict', 'broader_key'],
});

export const removeMember = operation({
  ...one,
  name: 'removeMember',
  summary: 'Remove a member',
  description:
    'For good, together with all access keys of the member. What must outlive people belongs to a service account.',
  method: 'DELETE',
  path: '/members/{member}',
  cli: 'members remove',
  output: f.done,
  errors: ['not_found', 'conflict'],
});

const invitationToken = z
  .string()
  .regex(/^[\w-]{1,64}$/, { error: 'must be the token of an invitation link' })
  .meta({ description: 'The token at the end of the invitation link.' });

export const getInvitation = operation({
  name: 'getInvitation',
  noun: 'invitations',
  summary: 'Look at an invitation',
  method: 'POST',
  path: '/invitation',
  right: 'public',
  input: z.strictObject({ token: invitationToken }),
  output: z
    .object({ account: z.string(), name: z.string(), email: z.string(), role: f.role, known: z.boolean() })
    .meta({ id: 'Invitation' }),
  errors: ['gone'],
});

export const acceptInvitation = operation({
  name: 'acceptInvitation',
  noun: 'invitations',
  summary: 'Accept an invitation',
  description: 'Sets name and password of the new member. Who already has a password here gives that one.',
  method: 'POST',
  path: '/invitation/accept',
  right: 'public',
  input: z.strictObject({ token: invitationToken, name: f.personName, password: f.password }),
  output: z.object({ email: z.string() }).meta({ id: 'AcceptedInvitation' }),
  errors: ['gone', 'unauthenticated', 'too_many_attempts'],
});
