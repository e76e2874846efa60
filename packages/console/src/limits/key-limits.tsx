import type { AccessKey } from '@keywright/contract';
import { Group, Title } from '@mantine/core';
import { ReadMenu } from '../parts/row-menu.tsx';
import { LimitStates } from './limit-states.tsx';

/** How all limits stand that hold for the key. */
export function KeyLimits({ accessKey }: { accessKey: AccessKey }) {
  const input = { key: accessKey.key };
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          Limits
        </Title>
        <ReadMenu of="the limits" operation="getLimits" input={input} />
      </Group>
      <LimitStates input={input} own="key" />
    </section>
  );
}
