import type { AccessKey } from '@keywright/contract';
import { Text } from '@mantine/core';
import { exactTime, relativeTime } from '../format.ts';

/** What a key is called where people read. */
export const keyName = (key: Pick<AccessKey, 'name'>) => key.name ?? 'Unnamed key';

/** From where and by what a key was last used. */
export function usedBy(used: NonNullable<AccessKey['lastUsed']>): string {
  const parts = [used.address && `from ${used.address}`, used.userAgent && `by ${used.userAgent}`];
  return parts.filter(Boolean).join(' ');
}

/** When and by what the key was last used, as a sentence for confirmations. */
export function LastUse({ used }: { used: AccessKey['lastUsed'] }) {
  if (used === null) return <Text size="sm">It was never used.</Text>;
  const by = usedBy(used);
  return (
    <Text size="sm" className="kw-name">
      Last used <b>{relativeTime(used.at)}</b> ({exactTime(used.at)}){by && ` ${by}`}.
    </Text>
  );
}
