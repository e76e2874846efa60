import type { Role } from '@keywright/core';

/** What each role may do, in one sentence (design, section 4). */
export const ROLE_ABOUT: Record<Role, string> = {
  owner: 'Everything, and makes other owners.',
  admin: 'Everything but making owners: members, service accounts, the key policy and the keys of all.',
  member: 'Creates and changes own access keys, and sees members and service accounts.',
  viewer: 'Sees own access keys, members and service accounts, and changes nothing.',
};
