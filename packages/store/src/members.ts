import type { Role, UseLimits } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { insertOwner, type NewOwner } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';
import { limitsOf } from './use-limits.ts';

export type MemberState = 'active' | 'inactive' | 'invited';

export interface Member extends UseLimits {
  id: string;
  account: string;
  person: string | null;
  name: string;
  email: string;
  role: Role;
  state: MemberState;
  keys: number;
  createdAt: number;
}

/** A person of the account; without `person` it is an invitation, known by the digest of its token. */
export interface NewMember extends Omit<NewOwner, 'kind' | 'active' | 'words'> {
  email: string;
  person: string | null;
  invitation?: { digest: Uint8Array; expiresAt: number };
}

export async function insertMember(tx: Tx, member: NewMember): Promise<void> {
  await insertOwner(tx, { ...member, kind: 'member', active: member.person !== null, words: member.email });
  await tx
    .insertInto('members')
    .values({
      id: member.id,
      account_id: member.account,
      person_id: member.person,
      email: member.email,
      invitation_digest: member.invitation?.digest ?? null,
      invitation_expires_at: member.invitation?.expiresAt ?? null,
    })
    .execute();
}

export async function getMember(db: Db, account: string, id: string): Promise<Member | undefined> {
  const row = await selectMembers(db).where('o.account_id', '=', account).where('o.id', '=', id).executeTakeFirst();
  return row && memberOf(row);
}

export async function getMembers(db: Db, account: string, ids: readonly string[]): Promise<Member[]> {
  const rows = await selectMembers(db).where('o.account_id', '=', account).where('o.id', 'in', ids).execute();
  return rows.map(memberOf);
}

/** The memberships of a signed-in person, oldest first. */
export async function membersOfPerson(db: Db, person: string): Promise<Member[]> {
  const rows = await selectMembers(db)
    .where('m.person_id', '=', person)
    .orderBy('o.created_at')
    .orderBy('o.id')
    .execute();
  return rows.map(memberOf);
}

export async function findMemberByEmail(db: Db, account: string, email: string): Promise<Member | undefined> {
  const row = await selectMembers(db)
    .where('m.account_id', '=', account)
    .where('m.email', '=', email)
    .executeTakeFirst();
  return row && memberOf(row);
}

/** The invited member whose link holds that token, unless it has expired. */
export async function findInvitation(db: Db, digest: Uint8Array, at: number): Promise<Member | undefined> {
  const row = await selectMembers(db)
    .where('m.invitation_digest', '=', digest)
    .where('m.invitation_expires_at', '>', at)
    .executeTakeFirst();
  return row && memberOf(row);
}

/** Joins the person to the invited member; the invitation is used up. */
export async function acceptInvitation(tx: Tx, member: string, person: string): Promise<void> {
  await tx
    .updateTable('members')
    .set({ person_id: person, invitation_digest: null, invitation_expires_at: null })
    .where('id', '=', member)
    .execute();
}

export async function countActiveOwners(db: Db, account: string): Promise<number> {
  const row = await db
    .selectFrom('owners')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', account)
    .where('kind', '=', 'member')
    .where('role', '=', 'owner')
    .where('active', '=', 1)
    .executeTakeFirstOrThrow();
  return row.count;
}

export interface MemberFilter {
  role?: Role;
  state?: MemberState;
  text?: string;
  sort: string;
  limit: number;
  cursor?: string;
}

const SORTS = {
  name: { column: 'o.sort_name', type: 'string' },
  createdAt: { column: 'o.created_at', type: 'number' },
} as const;

export async function listMembers(db: Db, account: string, filter: MemberFilter): Promise<Page<Member>> {
  let query = selectMembers(db).where('o.account_id', '=', account).where('o.kind', '=', 'member');
  if (filter.role !== undefined) query = query.where('o.role', '=', filter.role);
  if (filter.state === 'invited') query = query.where('m.person_id', 'is', null);
  else if (filter.state !== undefined) {
    query = query.where('m.person_id', 'is not', null).where('o.active', '=', Number(filter.state === 'active'));
  }
  if (filter.text) query = query.where(contains('o.search', filter.text));
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'o.id', filter));
  return { ...page, items: page.items.map(memberOf) };
}

function selectMembers(db: Db) {
  return db
    .selectFrom('owners as o')
    .innerJoin('members as m', 'm.id', 'o.id')
    .select(['o.id', 'o.account_id', 'o.name', 'o.role', 'o.active', 'o.created_at', 'o.limits'])
    .select(['m.email', 'm.person_id'])
    .select(eb =>
      eb
        .selectFrom('access_keys as k')
        .whereRef('k.owner_id', '=', 'o.id')
        .select(keys => keys.fn.countAll<number>().as('count'))
        .as('keys'),
    );
}

function memberOf(row: Awaited<ReturnType<ReturnType<typeof selectMembers>['executeTakeFirstOrThrow']>>): Member {
  const state = row.person_id === null ? 'invited' : row.active === 1 ? 'active' : 'inactive';
  const { id, name, email, role } = row;
  return {
    id,
    account: row.account_id,
    person: row.person_id,
    name,
    email,
    role,
    state,
    keys: row.keys ?? 0,
    createdAt: row.created_at,
    ...limitsOf(row.limits),
  };
}
