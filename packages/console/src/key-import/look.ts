import { IMPORT_ROWS_AT_ONCE } from '@keywright/contract';
import { counted, textOf } from '../format.ts';
import { readRows } from './read-rows.ts';
import { type ImportSource, type Problem, problemOf } from './scheme.ts';

const SHOWN = 5;
const PROBLEMS_SHOWN = 5;

/** A row for the eye, without its secret. */
export interface ShownRow {
  line: number;
  name: string;
  owner: string;
  secret: string;
  permission: string;
  problem: Problem | undefined;
}

/** What a file looks like before anything is sent. */
export interface Look {
  rows: ShownRow[];
  looked: number;
  /** Whether these are all rows of the file. */
  isAll: boolean;
  wrong: number;
  problems: (Problem & { rows: number })[];
}

/** Looks at the first rows, as many as go to the server at once. */
export async function lookAt({ file, kept, defaults }: ImportSource): Promise<Look> {
  const look: Look = { rows: [], looked: 0, isAll: true, wrong: 0, problems: [] };
  const problems = new Map<string, Problem & { rows: number }>();
  for await (const { line, fields } of readRows(file, () => {})) {
    if (look.looked === IMPORT_ROWS_AT_ONCE) {
      look.isAll = false;
      break;
    }
    look.looked++;
    const all = { ...defaults, ...fields };
    const problem = problemOf(all, kept);
    if (look.rows.length < SHOWN) look.rows.push(shown(line, all, problem));
    if (problem === undefined) continue;
    look.wrong++;
    const same = problems.get(`${problem.field} ${problem.message}`) ?? { ...problem, rows: 0 };
    same.rows++;
    problems.set(`${problem.field} ${problem.message}`, same);
  }
  look.problems = [...problems.values()].sort((a, b) => b.rows - a.rows).slice(0, PROBLEMS_SHOWN);
  return look;
}

function shown(line: number, fields: Record<string, unknown>, problem: Problem | undefined): ShownRow {
  const { owner, name, id, permission = 'read_write', secret, hash } = fields;
  return {
    line,
    name: text(name ?? id),
    owner: text(owner),
    secret: [lengthOf('Secret', secret), lengthOf('Hash', hash)].filter(Boolean).join(', ') || 'None',
    permission: textOf(text(permission)),
    problem,
  };
}

const lengthOf = (what: string, value: unknown) =>
  value === undefined ? '' : `${what} of ${counted(text(value).length, 'character')}`;

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How the keys of a file seem to be kept, by its first row. */
export async function firstFields(file: Blob): Promise<Record<string, unknown>> {
  for await (const { fields } of readRows(file, () => {})) return fields;
  return {};
}
