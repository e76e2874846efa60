import type { Member } from '@keywright/contract';
import { useOperationForm } from '../api/change.ts';
import { useWhyNot } from '../members/why-not.ts';
import { notify } from '../parts/notify.ts';
import { limitsInput, limitValuesOf } from './limit-values.ts';
import { LimitsSection } from './limits-section.tsx';

export function MemberLimits({ member }: { member: Member }) {
  const form = useOperationForm({
    operation: 'updateMember',
    initialValues: limitValuesOf(member),
    toInput: values => ({ member: member.id, ...limitsInput(values) }),
    onDone: () => notify('The limits were changed.'),
  });
  return (
    <LimitsSection
      about="They hold for all access keys of this person together."
      order={3}
      states={{ input: { owner: member.id }, own: 'owner' }}
      reason={useWhyNot(member).activate}
      {...form}
    />
  );
}
