import type { AccessKey } from '@keywright/contract';
import { Text } from '@mantine/core';
import { useChange } from '../api/change.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Name } from '../parts/name.tsx';
import { notify } from '../parts/notify.ts';
import { keyName, LastUse } from './key-text.tsx';

const STEPS = {
  deactivate: {
    operation: 'deactivateAccessKey',
    title: 'Deactivate access key',
    verb: 'Deactivate',
    effect: 'stops working at once: every request that carries it is refused. You can activate it again.',
    done: 'The access key was deactivated.',
  },
  activate: {
    operation: 'activateAccessKey',
    title: 'Activate access key',
    verb: 'Activate',
    effect: 'works again at once, for everybody who still holds its secret.',
    done: 'The access key was activated.',
  },
  delete: {
    operation: 'deleteAccessKey',
    title: 'Delete access key',
    verb: 'Delete',
    effect: 'is deleted for good: nothing brings it back, and whatever still uses it stays refused.',
    done: 'The access key was deleted.',
  },
} as const;

export type KeyStep = keyof typeof STEPS;

interface ConfirmKeyProps {
  step: KeyStep;
  accessKey: AccessKey;
  onDeleted?: (() => void) | undefined;
  onClose: () => void;
}

/** Asks before a key is deactivated, activated or deleted, and says when and by what it was last used. */
export function ConfirmKey({ step, accessKey, onDeleted, onClose }: ConfirmKeyProps) {
  const { operation, title, verb, effect, done } = STEPS[step];
  const change = useChange<(typeof STEPS)[KeyStep]['operation']>(operation, () => {
    notify(done);
    onClose();
    if (step === 'delete') onDeleted?.();
  });
  return (
    <ConfirmDialog
      title={title}
      verb={verb}
      danger={step !== 'activate'}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ key: accessKey.key })}
      onClose={onClose}
    >
      <Text size="sm">
        <b>
          <Name>{keyName(accessKey)}</Name>
        </b>{' '}
        (<span className="kw-key">{accessKey.key}</span>) {effect}
      </Text>
      <LastUse used={accessKey.lastUsed} />
    </ConfirmDialog>
  );
}
