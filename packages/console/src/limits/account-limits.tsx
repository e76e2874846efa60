import type { Account } from '@keywright/contract';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { notify } from '../parts/notify.ts';
import { limitsInput, limitValuesOf } from './limit-values.ts';
import { LimitsSection } from './limits-section.tsx';

export function AccountLimits({ account }: { account: Account }) {
  const form = useOperationForm({
    operation: 'updateAccount',
    initialValues: limitValuesOf(account),
    toInput: limitsInput,
    onDone: () => notify('The limits were changed.'),
  });
  return (
    <LimitsSection
      about="They hold for all access keys of the account together."
      states={{ input: {}, own: 'account' }}
      reason={whyNotAdministrate(useMe())}
      {...form}
    />
  );
}
