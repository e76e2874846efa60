import { Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { exactTime } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { type Follower, followerName, heardText } from './followers.ts';

/** What a node or verifier is called, and what it runs. */
export function FollowerName({ follower, more }: { follower: Follower; more?: ReactNode }) {
  return (
    <>
      <Text size="sm" fw={600}>
        <Name>{followerName(follower)}</Name>
      </Text>
      <Text size="xs" c="dimmed">
        {follower.version === null ? 'Version not told' : `Version ${follower.version}`}
        {more}
      </Text>
      {follower.name !== null && follower.kind === 'verifier' && (
        <Text size="xs" c="dimmed" className="kw-key">
          {follower.id}
        </Text>
      )}
    </>
  );
}

export function Heard({ at }: { at: string }) {
  return (
    <Tooltip label={exactTime(at)}>
      <time dateTime={at}>{heardText(at)}</time>
    </Tooltip>
  );
}
