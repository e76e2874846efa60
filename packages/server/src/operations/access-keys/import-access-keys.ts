import { legacyKey } from '@keywright/contract';
import { invalid, type KeyDigest, type KeyId, KeywrightError, limits, newKeyIds } from '@keywright/core';
import {
  findOwnerIds,
  getAccount,
  idsOfOwners,
  insertLegacyKeys,
  keepLegacyScheme,
  knownLookups,
  type LegacyKey,
  listLegacySchemes,
  listProjectIds,
} from '@keywright/store';
import type { z } from 'zod';
import { actorOf, type Caller } from '../../callers/caller.ts';
import { checkUnbound } from '../../callers/check-unbound.ts';
import { type ChangeContext, callerOf, type Handler } from '../../context.ts';
import { type Kept, keepSecret } from '../../legacy/keep-secret.ts';
import { PLAIN, type Scheme } from '../../legacy/scheme.ts';
import { parseInput } from '../../parse-input.ts';
import { accountTarget } from '../accounts/present-account.ts';

type Row = z.output<typeof legacyKey>;
type Refused = { row: number; field: string; message: string };
type Read = { row: number; fields: Row; kept: Kept };

const DIGEST_BYTES = 32;

export const importAccessKeys: Handler<'importAccessKeys'> = async (context, { rows, scheme = PLAIN }) => {
  const { tx } = context;
  const caller = callerOf(context);
  checkUnbound(context, 'import keys');
  const refused: Refused[] = [];
  const read = rows.flatMap((given, row) => readRow(given, row, scheme, refused));
  const owners = await findOwnerIds(
    tx,
    caller.account,
    read.map(({ fields }) => fields.owner),
  );
  const projects = new Set(await listProjectIds(tx, caller.account));
  const forbidden = caller.owner.role === 'owner' ? new Set<string>() : await idsOfOwners(tx, caller.account);
  const known = await knownLookups(
    tx,
    caller.account,
    read.map(({ kept }) => kept.lookup),
  );
  let existing = 0;
  const fresh: Read[] = [];
  for (const one of read) {
    const place = known.get(textOf(one.kept.lookup));
    const problem = problemOf(one.fields, owners, projects, forbidden);
    if (place === 'here') existing++;
    // An id says nothing about the secret: whoever else has one like it is none of the account's business.
    else if (place === 'elsewhere' && !one.kept.scheme.byId)
      refused.push({
        row: one.row,
        field: 'secret',
        message: 'is in use already, by a key that is not of this account',
      });
    else if (problem !== undefined) refused.push({ row: one.row, ...problem });
    else {
      known.set(textOf(one.kept.lookup), 'here');
      fresh.push(one);
    }
  }
  const keys = legacyKeysOf(fresh, owners, caller, context);
  await keepSchemes(context, keys);
  await insertLegacyKeys(tx, keys);
  if (keys.length > 0)
    context.record({
      target: accountTarget(await getAccount(tx, caller.account)),
      details: { imported: keys.length },
    });
  return { imported: keys.length, existing, refused: refused.sort((a, b) => a.row - b.row) };
};

/** One line by itself: what is wrong with it does not stop the others. */
function readRow(given: unknown, row: number, scheme: Scheme | Omit<Scheme, 'byId'>, refused: Refused[]): Read[] {
  try {
    const fields = parseInput(legacyKey, given);
    return [{ row, fields, kept: keepSecret(fields, { ...scheme, byId: false }) }];
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
    const [problem] = error.problems;
    refused.push({ row, field: problem?.field ?? 'secret', message: problem?.message ?? error.message });
    return [];
  }
}

function problemOf(fields: Row, owners: Map<string, string>, projects: Set<string>, forbidden: Set<string>) {
  const owner = ownerIn(owners, fields.owner);
  // Who knows the secret of an owner's key has an owner's rights.
  if (owner !== undefined && forbidden.has(owner))
    return { field: 'owner', message: 'is an owner of the account: only an owner can import keys for an owner' };
  if (owner === undefined) {
    return {
      field: 'owner',
      message: 'there is no such owner in this account: give an id, or the e-mail address of a member',
    };
  }
  if (fields.project && !projects.has(fields.project))
    return { field: 'project', message: 'there is no such project in this account' };
  return undefined;
}

function ownerIn(owners: Map<string, string>, name: string): string | undefined {
  return owners.get(name) ?? owners.get(name.toLowerCase());
}

/** The rows as keys of our own. */
function legacyKeysOf(
  rows: readonly Read[],
  owners: Map<string, string>,
  caller: Caller,
  context: ChangeContext,
): LegacyKey[] {
  const ids = newKeyIds(rows.length, context.app.random);
  // No secret has such a digest: these keys are proven by what came with them alone.
  const digests = context.app.random(DIGEST_BYTES * rows.length);
  const creator = actorOf(caller);
  return rows.map(({ fields, kept }, n) => ({
    ...kept,
    scheme: JSON.stringify(kept.scheme),
    key: {
      ...fieldsOf(fields, context.at),
      key: ids[n] as KeyId, // one for each row
      digest: Buffer.from(digests.subarray(DIGEST_BYTES * n, DIGEST_BYTES * (n + 1))).toString('latin1') as KeyDigest,
      account: caller.account,
      owner: ownerIn(owners, fields.owner) ?? '', // problemOf has found it
      creator,
      legacy: true,
    },
  }));
}

function fieldsOf(
  { name, description, permission, project, expiresAt, createdAt, tags, enabled, id }: Row,
  at: number,
) {
  return {
    createdAt: createdAt ?? at,
    name: name ?? id ?? null,
    description: description ?? null,
    project: project ?? null,
    permission,
    grants: {},
    expiresAt: expiresAt ?? null,
    notBefore: null,
    networks: [],
    tags: tags ?? [],
    enabled,
    rateLimits: [],
    quotas: [],
  };
}

/** Each scheme costs a look-up for every text that has not our form, so they are few. */
async function keepSchemes({ tx }: ChangeContext, keys: readonly LegacyKey[]): Promise<void> {
  const used = new Set(keys.map(({ scheme }) => scheme));
  // What slow hashes become with their first use: other processes on the database must know of it before.
  if ([...used].some(text => (JSON.parse(text) as Scheme).byId)) used.add(JSON.stringify(PLAIN)); // as legacyKeysOf wrote it
  const schemes = new Set([...(await listLegacySchemes(tx)), ...used]);
  if (schemes.size > limits.legacySchemesMax) {
    throw invalid(
      'scheme',
      'legacySchemesMax',
      `is one more than the ${limits.legacySchemesMax} that can be told apart: import under one that is in use`,
    );
  }
  for (const scheme of used) await keepLegacyScheme(tx, scheme);
}

function textOf(lookup: Uint8Array): string {
  return Buffer.from(lookup).toString('latin1');
}
