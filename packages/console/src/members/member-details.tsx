import type { Member } from '@keywright/contract';
import { ROLES, type Role } from '@keywright/core';
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { choicesOf, counted, exactTime, textOf } from '../format.ts';
import { MemberLimits } from '../limits/member-limits.tsx';
import { Mark } from '../parts/badges.tsx';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Facts } from '../parts/facts.tsx';
import { Name } from '../parts/name.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { Section } from '../parts/section.tsx';
import { ConfirmMember, type MemberStep } from './confirm-member.tsx';
import { ROLE_ABOUT } from './role-about.ts';
import { useWhyNot } from './why-not.ts';

/** The tab *Details* of a member's panel. */
export function MemberDetails() {
  const { member } = useParams({ from: '/app/members/$member' });
  const { data } = useQuery(read('getMember', { member }));
  if (data === undefined) return null;
  return (
    <Stack gap="lg">
      <Facts
        rows={[
          ['E-mail', data.email],
          ['Role', textOf(data.role)],
          ['State', <Mark key="state" value={data.state} />],
          ['Access keys', data.keys],
          [data.state === 'invited' ? 'Invited' : 'Since', exactTime(data.createdAt)],
        ]}
      />
      <RoleSection key={data.role} member={data} />
      <MemberLimits member={data} />
      <LeavingSection member={data} />
    </Stack>
  );
}

function RoleSection({ member }: { member: Member }) {
  const [role, setRole] = useState<Role>(member.role);
  const [asking, setAsking] = useState(false);
  const whyNot = useWhyNot(member);
  const ownerReason = role === 'owner' ? whyNot.makeOwner : undefined;
  const same = role === member.role ? 'Choose another role first.' : undefined;
  return (
    <Section title="Role" order={3}>
      <Group align="flex-end">
        <NativeSelect
          label="New role"
          description={ROLE_ABOUT[role]}
          className="kw-grow"
          data={choicesOf(ROLES)}
          value={role}
          onChange={event => setRole(ROLES.find(known => known === event.currentTarget.value) ?? role)}
        />
        <ReasonButton
          variant="default"
          reason={whyNot.changeRole ?? ownerReason ?? same}
          onClick={() => setAsking(true)}
        >
          Change role
        </ReasonButton>
      </Group>
      {asking && <ConfirmRole member={member} role={role} onClose={() => setAsking(false)} />}
    </Section>
  );
}

const CHANGE_ROLE = {
  operation: 'changeMemberRole',
  title: 'Change role',
  verb: 'Change role',
  danger: false,
  done: 'The role was changed.',
  everywhere: 'In force',
} as const;

function ConfirmRole({ member, role, onClose }: { member: Member; role: Role; onClose: () => void }) {
  return (
    <ConfirmStep step={CHANGE_ROLE} input={{ member: member.id, role }} onClose={onClose}>
      <Text size="sm">
        <b>
          <Name>{member.name}</Name>
        </b>{' '}
        changes from {textOf(member.role)} to {textOf(role)}. {ROLE_ABOUT[role]}
      </Text>
      <Text size="sm">
        A key never exceeds its owner: the change holds for {counted(member.keys, 'access key')} of this person at once.
      </Text>
    </ConfirmStep>
  );
}

function LeavingSection({ member }: { member: Member }) {
  const [step, setStep] = useState<MemberStep>();
  const navigate = useNavigate();
  const whyNot = useWhyNot(member);
  return (
    <Section title="Access of this person" order={3}>
      <Group>
        {member.state === 'inactive' ? (
          <ReasonButton
            variant="default"
            leftSection={<IconArrowUp size={16} aria-hidden />}
            reason={whyNot.activate}
            onClick={() => setStep('activate')}
          >
            Activate
          </ReasonButton>
        ) : (
          <ReasonButton
            variant="default"
            leftSection={<IconArrowDown size={16} aria-hidden />}
            reason={whyNot.deactivate}
            onClick={() => setStep('deactivate')}
          >
            Deactivate
          </ReasonButton>
        )}
        <ReasonButton
          color="red"
          leftSection={<IconX size={16} aria-hidden />}
          reason={whyNot.remove}
          onClick={() => setStep('remove')}
        >
          Remove
        </ReasonButton>
      </Group>
      {step && (
        <ConfirmMember
          step={step}
          member={member}
          onRemoved={() => void navigate({ to: '/members' })}
          onClose={() => setStep(undefined)}
        />
      )}
    </Section>
  );
}
