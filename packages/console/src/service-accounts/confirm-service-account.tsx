import type { ServiceAccount } from '@keywright/contract';
import { Text } from '@mantine/core';
import { counted } from '../format.ts';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';

const STEPS = {
  deactivate: {
    operation: 'deactivateServiceAccount',
    everywhere: 'Refused',
    stays: true,
    title: 'Deactivate service account',
    verb: 'Deactivate',
    danger: true,
    effect: (keys: string) => `and ${keys} stop working at once. You can activate it again, and the keys with it.`,
    done: 'The service account was deactivated.',
  },
  activate: {
    operation: 'activateServiceAccount',
    title: 'Activate service account',
    verb: 'Activate',
    danger: false,
    effect: (keys: string) => `and ${keys} work again. Keys that were deactivated themselves stay inactive.`,
    done: 'The service account was activated.',
  },
  delete: {
    operation: 'deleteServiceAccount',
    everywhere: 'Refused',
    title: 'Delete service account',
    verb: 'Delete',
    danger: true,
    effect: () => 'is deleted for good. Events keep its name and id.',
    done: 'The service account was deleted.',
  },
} as const;

export type ServiceAccountStep = keyof typeof STEPS;

interface ConfirmServiceAccountProps {
  step: ServiceAccountStep;
  account: ServiceAccount;
  onDeleted?: (() => void) | undefined;
  onClose: () => void;
}

/** Asks before a service account is changed, and says how many access keys go with it. */
export function ConfirmServiceAccount({ step, account, onDeleted, onClose }: ConfirmServiceAccountProps) {
  return (
    <ConfirmStep
      step={STEPS[step]}
      input={{ serviceAccount: account.id }}
      onDone={step === 'delete' ? onDeleted : undefined}
      onClose={onClose}
    >
      <Text size="sm">
        <b>
          <Name>{account.name}</Name>
        </b>{' '}
        {STEPS[step].effect(counted(account.keys, 'access key'))}
      </Text>
    </ConfirmStep>
  );
}
