import type { ReachedAccount } from '@keywright/contract';
import { Text } from '@mantine/core';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';

const STEPS = {
  deactivate: {
    operation: 'deactivateAccount',
    title: 'Deactivate account',
    verb: 'Deactivate',
    danger: true,
    effect:
      'and all its access keys are refused at once, and its members can not sign in. Accounts that it manages go on. You can activate it again.',
    done: 'The account was deactivated.',
  },
  activate: {
    operation: 'activateAccount',
    title: 'Activate account',
    verb: 'Activate',
    danger: false,
    effect: 'comes back: its members can sign in, and its access keys work again, but for inactive ones.',
    done: 'The account was activated.',
  },
} as const;

export type AccountStep = keyof typeof STEPS;

interface ConfirmAccountProps {
  step: AccountStep;
  account: ReachedAccount;
  onClose: () => void;
}

/** Asks before a managed account is deactivated or activated. */
export function ConfirmAccount({ step, account, onClose }: ConfirmAccountProps) {
  return (
    <ConfirmStep step={STEPS[step]} input={{ account: account.id }} onClose={onClose}>
      <Text size="sm">
        <b>
          <Name>{account.name}</Name>
        </b>{' '}
        {STEPS[step].effect}
      </Text>
    </ConfirmStep>
  );
}
