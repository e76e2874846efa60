import type { AccessKey } from '@keywright/contract';
import { Switch, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { ConfirmKey } from './confirm-key.tsx';
import { keyName } from './key-text.tsx';
import { useWhyNot } from './why-not.ts';

/** Deactivates and activates a key on its row, after a *Yes*. */
export function KeyToggle({ accessKey }: { accessKey: AccessKey }) {
  const [asking, setAsking] = useState(false);
  const reason = useWhyNot(accessKey).change;
  const step = accessKey.enabled ? 'deactivate' : 'activate';
  return (
    <>
      <Tooltip label={reason} disabled={reason === undefined}>
        <Switch
          size="xs"
          color="green"
          checked={accessKey.enabled}
          aria-label={`Activated: ${keyName(accessKey)}`}
          aria-disabled={reason === undefined ? undefined : true}
          aria-description={reason}
          onChange={() => reason === undefined && setAsking(true)}
        />
      </Tooltip>
      {asking && <ConfirmKey step={step} accessKey={accessKey} verb="Yes" onClose={() => setAsking(false)} />}
    </>
  );
}
