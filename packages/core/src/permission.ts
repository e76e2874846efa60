import type { Role } from './roles.ts';

/** What a key may do (design 3): everything, everything that reads, or what its grants say for each API. */
export const PERMISSIONS = ['read_write', 'read_only', 'restricted'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a restricted key may do at one API: all of it, what reads, or the endpoints of a list, by their ids. An API without a grant: nothing. */
export type Grant = 'read_write' | 'read_only' | readonly string[];
/** By the id of the API. */
export type Grants = Readonly<Record<string, Grant>>;

/** The same as decisions look things up: lists are sets. */
export type GrantSet = 'read_write' | 'read_only' | ReadonlySet<string>;
export type GrantSets = Readonly<Record<string, GrantSet>>;

const NO_GRANTS: GrantSets = Object.freeze({});

export function grantSets(grants: Grants): GrantSets {
  const given = Object.entries(grants);
  if (given.length === 0) return NO_GRANTS;
  return Object.freeze(
    Object.fromEntries(given.map(([api, grant]) => [api, typeof grant === 'string' ? grant : new Set(grant)])),
  );
}

export function grantLists(grants: GrantSets): Grants {
  return Object.fromEntries(
    Object.entries(grants).map(([api, grant]) => [api, typeof grant === 'string' ? grant : [...grant]]),
  );
}

/** The management API of Keywright itself. */
export const BUILT_IN_API = 'keywright';

/** The part of a key that says what it may do, as it is written. */
export interface Permitted {
  readonly permission: Permission;
  readonly grants: Grants;
}

/** The same as decisions look at it. */
export interface PermittedSets {
  readonly permission: Permission;
  readonly grants: GrantSets;
}

/** What a request does: at which API, with which method, at which of its endpoints. What is not known is not granted. */
export interface Action {
  readonly api?: string | undefined;
  readonly method?: string | undefined;
  readonly endpoint?: Endpoint | undefined;
}

/** An endpoint of an API as decisions see it. */
export interface Endpoint {
  readonly id: string;
  /** Whether a call of it reads; its entry may say so of a POST. */
  readonly reads: boolean;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a call with this method reads; an unknown method counts as writing. */
export function reads(method: string | undefined): boolean {
  return method !== undefined && READING.has(method);
}

/** Whether the action reads: as its endpoint says, else by its method. */
export function isReadingAction({ method, endpoint }: Action): boolean {
  return endpoint === undefined ? reads(method) : endpoint.reads;
}

export function permits({ permission, grants }: PermittedSets, action: Action): boolean {
  if (permission === 'read_write') return true;
  if (permission === 'read_only') return isReadingAction(action);
  const grant = grantAt(grants, action.api);
  if (grant === undefined) return false;
  if (grant === 'read_write') return true;
  if (grant === 'read_only') return isReadingAction(action);
  return action.endpoint !== undefined && grant.has(action.endpoint.id);
}

function grantAt(grants: GrantSets, api: string | undefined): GrantSet | undefined {
  return api !== undefined && Object.hasOwn(grants, api) ? grants[api] : undefined;
}

/** What a key may do at one API, by its owner's role, too: for a restricted key its grant there, `restricted` when that is a list of endpoints. */
export function permissionAt({ permission, grants }: PermittedSets, api: string | undefined, role: Role): Permission {
  const grant = permission === 'restricted' ? grantAt(grants, api) : undefined;
  return permissionWithinRole(typeof grant === 'string' ? grant : permission, role);
}

/** What is left of a permission within the owner's role: nobody's key writes where they may only look. */
export function permissionWithinRole(permission: Permission, role: Role): Permission {
  return role === 'viewer' && permission === 'read_write' ? 'read_only' : permission;
}
