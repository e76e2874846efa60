export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** What a right reaches: everything of the account, only what is one's own, or nothing. */
export type Scope = 'all' | 'own' | 'none';

/** The table of rights (design 4): one row a right, one column a role. */
const RIGHTS = {
  'keys:see': { owner: 'all', admin: 'all', member: 'own', viewer: 'own' },
  'keys:change': { owner: 'all', admin: 'all', member: 'own', viewer: 'none' },
  'keys:import': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'directory:see': { owner: 'all', admin: 'all', member: 'all', viewer: 'all' },
  'directory:change': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'owners:change': { owner: 'all', admin: 'none', member: 'none', viewer: 'none' },
  'accounts:manage': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'policy:check': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'verifiers:use': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'events:see': { owner: 'all', admin: 'all', member: 'own', viewer: 'own' },
  'events:check': { owner: 'all', admin: 'all', member: 'none', viewer: 'none' },
  'profile:see': { owner: 'own', admin: 'own', member: 'own', viewer: 'own' },
  'profile:change': { owner: 'own', admin: 'own', member: 'own', viewer: 'own' },
} as const satisfies Record<string, Record<Role, Scope>>;

export type Right = keyof typeof RIGHTS;

export const rightNames = Object.keys(RIGHTS) as Right[];

export function scopeOf(role: Role, right: Right): Scope {
  return RIGHTS[right][role];
}
