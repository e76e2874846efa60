import type { Db, Tx } from './database.ts';
import { membersOfPerson } from './members.ts';
import { updateOwner } from './owners.ts';

/** How better-auth names the sign-in by password. */
const PASSWORD = 'credential';

export interface Person {
  id: string;
  name: string;
  email: string;
  /** As better-auth hashed it. */
  passwordHash: string;
  at: number;
}

/** Makes a person who can sign in by password, in the forms of better-auth. */
export async function insertPerson(tx: Tx, person: Person): Promise<void> {
  const { id, name, email } = person;
  const createdAt = new Date(person.at).toISOString();
  await tx
    .insertInto('people')
    .values({ id, name, email, emailVerified: 0, image: null, createdAt, updatedAt: createdAt })
    .execute();
  await tx
    .insertInto('sign_ins')
    .values({
      id,
      accountId: id,
      providerId: PASSWORD,
      userId: id,
      password: person.passwordHash,
      createdAt,
      updatedAt: createdAt,
    })
    .execute();
}

export async function findPersonByEmail(db: Db, email: string): Promise<string | undefined> {
  return (await db.selectFrom('people').select('id').where('email', '=', email).executeTakeFirst())?.id;
}

export async function getPasswordHash(db: Db, person: string): Promise<string | null> {
  const row = await db
    .selectFrom('sign_ins')
    .select('password')
    .where('userId', '=', person)
    .where('providerId', '=', PASSWORD)
    .executeTakeFirst();
  return row?.password ?? null;
}

export async function setPasswordHash(tx: Tx, person: string, password: string): Promise<void> {
  await tx
    .updateTable('sign_ins')
    .set({ password })
    .where('userId', '=', person)
    .where('providerId', '=', PASSWORD)
    .execute();
}

/** Renames the person and all their memberships. */
export async function renamePerson(tx: Tx, person: string, name: string): Promise<void> {
  for (const member of await membersOfPerson(tx, person))
    await updateOwner(tx, member.id, { name, words: member.email });
  await tx.updateTable('people').set({ name }).where('id', '=', person).execute();
}

/** Removes a person who is no member anywhere any more, with sign-in and sessions. */
export async function deletePersonWithoutMembership(tx: Tx, person: string): Promise<void> {
  await tx
    .deleteFrom('people')
    .where('id', '=', person)
    .where(eb =>
      eb.not(eb.exists(eb.selectFrom('members').select('members.id').where('members.person_id', '=', person))),
    )
    .execute();
}
