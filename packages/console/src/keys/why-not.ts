import type { AccessKey } from '@keywright/contract';
import { whyNotDelete } from '@keywright/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { useMe, whyNotChangeKeys } from '../me.ts';

/** Why the person can not change this key, and why they can not delete it. */
export function useWhyNot(accessKey: AccessKey): { change: string | undefined; remove: string | undefined } {
  const policy = useQuery(read('getKeyPolicy', { project: accessKey.project ?? undefined })).data;
  const change = whyNotChangeKeys(useMe(), accessKey.owner.id);
  return { change, remove: change ?? whyNotDelete(accessKey.enabled, policy?.deleteRequiresInactive ?? false) };
}
