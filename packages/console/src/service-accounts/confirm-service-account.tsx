import type { ServiceAccount } from '@keywright/contract';
import { Text } from '@mantine/core';
import { useChange } from '../api/change.ts';
import { counted } from '../format.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Name } from '../parts/name.tsx';
import { notify } from '../parts/notify.ts';

const STEPS = {
  deactivate: {
    operation: 'deactivateServiceAccount',
    title: 'Deactivate service account',
    verb: 'Deactivate',
    effect: (keys: string) => `and ${keys} stop working at once. You can activate it again, and the keys with it.`,
    done: 'The service account was deactivated.',
  },
  activate: {
    operation: 'activateServiceAccount',
    title: 'Activate service account',
    verb: 'Activate',
    effect: (keys: string) => `and ${keys} work again. Keys that were deactivated themselves stay inactive.`,
    done: 'The service account was activated.',
  },
  delete: {
    operation: 'deleteServiceAccount',
    title: 'Delete service account',
    verb: 'Delete',
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
  const { operation, title, verb, effect, done } = STEPS[step];
  const change = useChange<(typeof STEPS)[ServiceAccountStep]['operation']>(operation, () => {
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
      onConfirm={() => change.mutate({ serviceAccount: account.id })}
      onClose={onClose}
    >
      <Text size="sm">
        <b>
          <Name>{account.name}</Name>
        </b>{' '}
        {effect(counted(account.keys, 'access key'))}
      </Text>
    </ConfirmDialog>
  );
}
