import type { AccessKey } from '@keywright/contract';
import { ActionIcon, Group, Title, Tooltip } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { EditKey } from '../keys/edit-key.tsx';
import { keyName } from '../keys/key-text.tsx';
import { useWhyNot } from '../keys/why-not.ts';
import { PermissionWords } from './permission-summary.tsx';

/** What a key may do, in words, with the pencil that changes it. */
export function PermissionSection({ accessKey }: { accessKey: AccessKey }) {
  const [editing, setEditing] = useState(false);
  const reason = useWhyNot(accessKey).change;
  return (
    <section>
      <Group gap={4} mb="xs">
        <Title order={3} size="h5">
          What it may do
        </Title>
        <Tooltip label={reason ?? 'Edit permission'}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Edit permission of ${keyName(accessKey)}`}
            aria-disabled={reason === undefined ? undefined : true}
            aria-description={reason}
            data-disabled={reason === undefined ? undefined : true}
            onClick={() => reason === undefined && setEditing(true)}
          >
            <IconPencil size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <PermissionWords permission={accessKey.permission} grants={accessKey.grants} />
      {editing && <EditKey accessKey={accessKey} onClose={() => setEditing(false)} />}
    </section>
  );
}
