import type { Member } from '@keywright/contract';
import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { ConfirmMember, type MemberStep } from './confirm-member.tsx';
import { useWhyNot } from './why-not.ts';

/** What can be done with one member, and the dialogs for it. */
export function MemberMenu({ member, onRemoved }: { member: Member; onRemoved?: () => void }) {
  const [step, setStep] = useState<MemberStep>();
  return (
    <>
      <RowMenu of={member.name}>
        <MemberItems member={member} onOpen={setStep} />
        <Menu.Divider />
        <ApiItems operation="getMember" input={{ member: member.id }} />
      </RowMenu>
      {step && <ConfirmMember step={step} member={member} onRemoved={onRemoved} onClose={() => setStep(undefined)} />}
    </>
  );
}

function MemberItems({ member, onOpen }: { member: Member; onOpen: (step: MemberStep) => void }) {
  const whyNot = useWhyNot(member);
  return (
    <>
      {member.state === 'inactive' ? (
        <ReasonItem
          reason={whyNot.activate}
          icon={<IconArrowUp size={16} aria-hidden />}
          onClick={() => onOpen('activate')}
        >
          Activate
        </ReasonItem>
      ) : (
        <ReasonItem
          reason={whyNot.deactivate}
          icon={<IconArrowDown size={16} aria-hidden />}
          onClick={() => onOpen('deactivate')}
        >
          Deactivate
        </ReasonItem>
      )}
      <ReasonItem reason={whyNot.remove} icon={<IconX size={16} aria-hidden />} danger onClick={() => onOpen('remove')}>
        Remove
      </ReasonItem>
    </>
  );
}
