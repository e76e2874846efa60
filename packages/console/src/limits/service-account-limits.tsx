import type { ServiceAccount } from '@keywright/contract';
import { useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { notify } from '../parts/notify.ts';
import { limitsInput, limitValuesOf } from './limit-values.ts';
import { LimitsSection } from './limits-section.tsx';

export function ServiceAccountLimits({ account }: { account: ServiceAccount }) {
  const form = useOperationForm({
    operation: 'updateServiceAccount',
    initialValues: limitValuesOf(account),
    toInput: values => ({ serviceAccount: account.id, ...limitsInput(values) }),
    onDone: () => notify('The limits were changed.'),
  });
  return (
    <LimitsSection
      about="They hold for all access keys of the service account together."
      order={3}
      states={{ input: { owner: account.id }, own: 'owner' }}
      reason={whyNotAdministrate(useMe())}
      {...form}
    />
  );
}
