import { sql } from 'kysely';
import { fileProblems } from './backup.ts';
import { rulesOf } from './check-rules.ts';
import type { Db } from './database.ts';
import { checkChain } from './events.ts';
import { demandCurrent } from './migrations/index.ts';
import { brokenReferences, unusableParts } from './postgres-check.ts';
import { openUnhurried } from './unhurried.ts';

/** One thing that was looked at, how many of it there were, and what is wrong, in words; the first of many. */
export interface Looked {
  check: 'file' | 'references' | 'chains' | 'rows';
  looked: number;
  wrong: string[];
}

/** Hears how much is done, from 0 to 1, and what comes now. */
export type OnStep = (share: number, what: string) => void;

const SHOWN_MAX = 20;
/** Parts of the bar. */
const CHAINS_FROM = 0.3;
const CHAINS_TO = 0.8;

/** Looks at everything that can be wrong in a database, also while a server works on it. Throws when it is of another version. */
export async function checkDatabase(location: string, onStep: OnStep): Promise<Looked[]> {
  await using opened = openUnhurried(location);
  const { db, dialect } = opened;
  await demandCurrent(db);
  const found: Looked[] = [];
  const look = async (check: Looked['check'], work: () => Promise<Omit<Looked, 'check'>>) =>
    found.push({ check, ...(await orBroken(work)) });
  onStep(0, 'reading the database');
  if (dialect === 'sqlite') {
    await look('file', async () => ({ looked: 1, wrong: await fileProblems(db) }));
  } else {
    await look('file', () => unusableParts(db));
    onStep(0.1, 'following references');
    await look('references', () => brokenReferences(db));
  }
  onStep(CHAINS_FROM, 'following the chains of events');
  await look('chains', () => checkChains(db, onStep));
  const rules = rulesOf(dialect);
  await look('rows', async () => {
    const wrong: string[] = [];
    for (const [n, { wrong: what, query }] of rules.entries()) {
      onStep(CHAINS_TO + ((1 - CHAINS_TO) * n) / rules.length, 'comparing rows');
      const { rows } = await sql<{
        id: string;
      }>`select id from (${query}) as wrong order by id limit ${sql.lit(SHOWN_MAX + 1)}`.execute(db);
      wrong.push(...rows.map(({ id }) => `${what}: ${id}`));
    }
    return { looked: rules.length, wrong: shortened(wrong) };
  });
  return found;
}

/** What can not even be read is said in the words of the database. */
async function orBroken(work: () => Promise<Omit<Looked, 'check'>>): Promise<Omit<Looked, 'check'>> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== 'ERR_SQLITE_ERROR' && !/^[0-9A-Z]{5}$/.test(code ?? '')) throw error;
    return { looked: 0, wrong: [`it can not be read: ${message}`] };
  }
}

async function checkChains(db: Db, onStep: OnStep): Promise<Omit<Looked, 'check'>> {
  const accounts = await db.selectFrom('accounts').select('id').orderBy('id').execute();
  const { rows: total } = await db
    .selectFrom('events')
    .select(eb => eb.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  const show = (events: number) =>
    onStep(
      CHAINS_FROM + (CHAINS_TO - CHAINS_FROM) * Math.min(1, events / Math.max(1, total)),
      'following the chains of events',
    );
  const wrong: string[] = [];
  let looked = 0;
  for (const { id } of accounts) {
    const { events, brokenAt } = await checkChain(db, id, events => show(looked + events));
    looked += events;
    if (brokenAt !== null) wrong.push(`event ${brokenAt} of account ${id} was changed, or is missing`);
  }
  return { looked, wrong: shortened(wrong) };
}

function shortened(wrong: string[]): string[] {
  return wrong.length <= SHOWN_MAX ? wrong : [...wrong.slice(0, SHOWN_MAX), 'and more'];
}
