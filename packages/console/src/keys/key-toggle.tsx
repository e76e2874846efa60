import type { AccessKey } from '@keywright/contract';
import { Switch, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { ConfirmKey } from './confirm-key.tsx';
import { keyName } from './key-text.tsx';
import { useWhyNot } from './why-not.ts';

/** Deactivates and activates a key on its row, after a *Yes*. */
export function KeyToggle({ accessKey }: { accessKey: AccessKey }) {
  const [asked, setAsked] = useState<'deactivate' | 'activate'>();
  const reason = useWhyNot(accessKey).change;
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
          onChange={() => reason === undefined && setAsked(accessKey.enabled ? 'deactivate' : 'activate')}
        />
      </Tooltip>
      {asked && <ConfirmKey step={asked} accessKey={accessKey} verb="Yes" onClose={() => setAsked(undefined)} />}
    </>
  );
}
