import { type Grants, KeywrightError } from '@keywright/core';
import { type Api, deleteEndpoints, saveEndpoints, updateGrants } from '@keywright/store';
import type { ChangeContext } from '../../context.ts';
import { type Difference, listOf } from '../../openapi-import/difference.ts';

/** Refuses to drop or widen what keys may do unless that was asked for. */
export function checkDifference(
  { keys, widened }: Difference,
  { removeGranted, widen }: { removeGranted: boolean; widen: boolean },
): void {
  if (keys.length > 0 && !removeGranted) {
    const removed = new Set(keys.flatMap(key => key.removed)).size;
    throw new KeywrightError(
      'conflict',
      `${counted(keys.length, 'access key holds', 'access keys hold')} grants for ${counted(removed, 'endpoint', 'endpoints')} that would be removed. Look at the difference; to take the grants away as well, say removeGranted.`,
    );
  }
  if (widened.length > 0 && !widen) {
    const [first] = widened;
    throw new KeywrightError(
      'conflict',
      `Access keys could call more than now at ${counted(widened.length, 'endpoint', 'endpoints')}, such as ${first?.endpoint}: ${first?.why}. Look at the difference; if that is right, say widen.`,
    );
  }
}

/** Writes the new catalogue of an API, and takes what goes out of the grants that name it. */
export async function applyDifference({ tx, record }: ChangeContext, api: Api, difference: Difference): Promise<void> {
  const { added, changed, removed, keys } = difference;
  await deleteEndpoints(
    tx,
    api.id,
    removed.map(({ id }) => id),
  );
  await saveEndpoints(tx, api.id, [...added, ...changed]);
  for (const { key, name, owner, grants, removed: lost } of keys) {
    await updateGrants(tx, key, withoutEndpoints(grants, api.id, lost));
    record({ target: { kind: 'access_key', id: key, name }, owner, details: { api: api.id, removed: lost.length } });
  }
}

function withoutEndpoints(grants: Grants, api: string, lost: readonly string[]): Grants {
  const gone = new Set(lost);
  const { [api]: _, ...others } = grants;
  const left = listOf(grants, api).filter(id => !gone.has(id));
  return left.length === 0 ? others : { ...others, [api]: left };
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
