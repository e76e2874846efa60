import { nameAmong, nounInWords, type Operation, type Receipt } from '@keywright/contract';
import { block, table } from './print.ts';
import { clean, shellWord } from './text.ts';
import { isObject } from './values.ts';

/** Small choices of display. What stands in neither list is shown whole. */
const COLUMNS: Record<string, readonly string[]> = {
  listAccessKeys: ['key', 'name', 'state', 'permission', 'owner', 'lastUsed'],
  listMembers: ['id', 'name', 'email', 'role', 'state', 'keys'],
  listAccounts: ['id', 'name', 'state', 'role', 'way', 'depth', 'managedBy'],
  listServiceAccounts: ['id', 'name', 'role', 'state', 'keys', 'description'],
  listApis: ['id', 'name', 'endpoints', 'project', 'description'],
  listEndpoints: ['id', 'name', 'summary', 'tag', 'reads'],
  listProjects: ['id', 'name', 'state', 'keys', 'endpoint'],
  listEvents: ['seq', 'at', 'action', 'actor', 'target', 'address'],
};
const FIELDS: Record<string, readonly string[]> = {
  createAccessKey: ['key', 'secret', 'token', 'name', 'owner', 'permission', 'expiresAt'],
};
/** Said below an answer that holds a secret. */
const SHOWN_ONCE: Record<string, string> = {
  createAccessKey: 'The secret is shown this one time: store it now. The token holds both, for one header.',
  inviteMember: 'The link is shown this one time: hand it over now.',
};

/** An answer for people. */
export function present(entry: Operation, answer: unknown, width: number): string {
  if (!isObject(answer)) return clean(String(answer));
  if (Array.isArray(answer.items)) return presentPage(entry, answer.items.filter(isObject), answer.nextCursor, width);
  // By the contract: every `receipt` is one.
  const receipt = answer.receipt === undefined ? undefined : receiptInWords(answer.receipt as Receipt);
  if (answer.done === true)
    return `${entry.summary}: done.${receipt === undefined ? '' : `\nReceipt: ${clean(receipt)}`}`;
  const shown = block(FIELDS[entry.name] ?? Object.keys(answer), { ...answer, ...(receipt && { receipt }) });
  return entry.showsSecret ? `${shown}\n\n${SHOWN_ONCE[entry.name] ?? 'This is shown one time only.'}` : shown;
}

function presentPage(entry: Operation, items: Record<string, unknown>[], cursor: unknown, width: number): string {
  const [first] = items;
  if (first === undefined) return `No ${nounInWords(entry.noun)}.`;
  const shown = table(COLUMNS[entry.name] ?? Object.keys(first), items, width);
  return typeof cursor === 'string' ? `${shown}\nmore: --cursor ${shellWord(cursor)}` : shown;
}

/** Who knows of a change, and who does not yet. */
export function receiptInWords({ ms, complete, acknowledged, missing }: Receipt): string {
  const nameOf = nameAmong([...acknowledged, ...missing]);
  const known = acknowledged.map(one => nameOf(one) + (one.lapsed ? ' (lapsed: it refuses everything)' : ''));
  const count = `known by ${known.length} of ${known.length + missing.length} after ${Math.round(ms)} ms`;
  const names = known.length === 0 ? '' : `: ${known.join(', ')}`;
  if (missing.length > 0) return `${count}${names}; not yet by ${missing.map(nameOf).join(', ')}`;
  return count + names + (complete ? '' : '; who else decides could not be found out in time');
}
