import type { AccessKey } from '@keywright/contract';
import { Text } from '@mantine/core';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';
import { keyName, LastUse } from './key-text.tsx';

const FOR_GOOD =
  'is deleted for good and can not be retrieved: integrations that still use it stop working, and stay refused.';

const STEPS = {
  deactivate: {
    operation: 'deactivateAccessKey',
    everywhere: 'Refused',
    stays: true,
    title: 'Deactivate access key',
    verb: 'Deactivate',
    danger: true,
    effect: 'stops working at once: every request that carries it is refused. You can activate it again.',
    done: 'The access key was deactivated.',
  },
  activate: {
    operation: 'activateAccessKey',
    title: 'Activate access key',
    verb: 'Activate',
    danger: false,
    effect: 'works again at once, for everybody who still holds its secret.',
    done: 'The access key was activated.',
  },
  delete: {
    operation: 'deleteAccessKey',
    everywhere: 'Refused',
    title: 'Delete access key',
    verb: 'Delete',
    danger: true,
    effect: FOR_GOOD,
    done: 'The access key was deleted.',
  },
  revoke: {
    operation: 'deleteAccessKey',
    everywhere: 'Refused',
    title: 'Revoke key',
    verb: 'Revoke key',
    danger: true,
    effect: FOR_GOOD,
    done: 'The access key was revoked and deleted.',
  },
} as const;

export type KeyStep = keyof typeof STEPS;

interface ConfirmKeyProps {
  step: KeyStep;
  accessKey: AccessKey;
  /** The word on the button, where another one than that of the step is expected. */
  verb?: string;
  onDeleted?: (() => void) | undefined;
  onClose: () => void;
}

/** Asks before a key is deactivated, activated or deleted, and says when and by what it was last used. */
export function ConfirmKey({ step, accessKey, verb = STEPS[step].verb, onDeleted, onClose }: ConfirmKeyProps) {
  const deletes = STEPS[step].operation === 'deleteAccessKey';
  return (
    <ConfirmStep
      step={{ ...STEPS[step], verb }}
      input={{ key: accessKey.key }}
      onDone={deletes ? onDeleted : undefined}
      onClose={onClose}
    >
      <Text size="sm">
        <b>
          <Name>{keyName(accessKey)}</Name>
        </b>{' '}
        (<span className="kw-key">{accessKey.key}</span>) {STEPS[step].effect}
      </Text>
      <LastUse used={accessKey.lastUsed} />
    </ConfirmStep>
  );
}
