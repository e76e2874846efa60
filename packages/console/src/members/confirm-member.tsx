import type { Member } from '@keywright/contract';
import { Text } from '@mantine/core';
import { counted } from '../format.ts';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';

const STEPS = {
  deactivate: {
    operation: 'deactivateMember',
    everywhere: 'Refused',
    stays: true,
    title: 'Deactivate member',
    verb: 'Deactivate',
    danger: true,
    effect: (keys: string) => `is signed out everywhere and can not sign in again, and ${keys} at once.`,
    keysEffect: 'stop working',
    oneKeyEffect: 'stops working',
    after: 'You can activate this person again, and the keys with them.',
    done: 'The member was deactivated.',
  },
  activate: {
    operation: 'activateMember',
    title: 'Activate member',
    verb: 'Activate',
    danger: false,
    effect: (keys: string) => `can sign in again, and ${keys} again.`,
    keysEffect: 'work',
    oneKeyEffect: 'works',
    after: 'Keys that were deactivated themselves stay inactive.',
    done: 'The member was activated.',
  },
  remove: {
    operation: 'removeMember',
    everywhere: 'Refused',
    title: 'Remove member',
    verb: 'Remove',
    danger: true,
    effect: (keys: string) => `leaves the account for good, and ${keys} with them.`,
    keysEffect: 'are deleted',
    oneKeyEffect: 'is deleted',
    after: 'What must outlive people belongs to a service account.',
    done: 'The member was removed.',
  },
} as const;

export type MemberStep = keyof typeof STEPS;

interface ConfirmMemberProps {
  step: MemberStep;
  member: Member;
  onRemoved?: (() => void) | undefined;
  onClose: () => void;
}

/** Asks before a member is changed, and says how many access keys go with them. */
export function ConfirmMember({ step, member, onRemoved, onClose }: ConfirmMemberProps) {
  const { effect, keysEffect, oneKeyEffect, after } = STEPS[step];
  const keys = `${counted(member.keys, 'access key')} ${member.keys === 1 ? oneKeyEffect : keysEffect}`;
  return (
    <ConfirmStep
      step={STEPS[step]}
      input={{ member: member.id }}
      onDone={step === 'remove' ? onRemoved : undefined}
      onClose={onClose}
    >
      <Text size="sm">
        <b>
          <Name>{member.name}</Name>
        </b>{' '}
        {effect(keys)}
      </Text>
      <Text size="sm">{after}</Text>
    </ConfirmStep>
  );
}
