import type { AccessKey } from '@keywright/contract';
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmKey } from './confirm-key.tsx';
import { keyName } from './key-text.tsx';
import { useWhyNot } from './why-not.ts';

/** *Revoke key* on its row: deletes it at once, where the key policy allows that for active keys. */
export function RevokeButton({ accessKey }: { accessKey: AccessKey }) {
  const [asking, setAsking] = useState(false);
  const reason = useWhyNot(accessKey).remove;
  const blocked = reason !== undefined;
  return (
    <>
      <Tooltip label={reason ?? 'Revoke key'}>
        <ActionIcon
          variant={blocked ? 'transparent' : 'subtle'}
          color={blocked ? 'gray' : 'red'}
          className={blocked ? 'kw-unusable' : undefined}
          aria-label={`Revoke key ${keyName(accessKey)}`}
          aria-disabled={blocked || undefined}
          aria-description={reason}
          onClick={() => !blocked && setAsking(true)}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {asking && <ConfirmKey step="revoke" accessKey={accessKey} onClose={() => setAsking(false)} />}
    </>
  );
}
