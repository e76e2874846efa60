import type { OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { dayOf } from '../format.ts';
import { AccountLimits } from '../limits/account-limits.tsx';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Facts } from '../parts/facts.tsx';
import { notify } from '../parts/notify.ts';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SaveForm } from '../parts/save-form.tsx';
import { Section } from '../parts/section.tsx';

export function SettingsAccount() {
  const { data, error } = useQuery(read('getAccount', {}));
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  return (
    <Stack gap="lg">
      <Section title="Account" menu={<ReadMenu of="the account" operation="getAccount" input={{}} />}>
        <AccountForm account={data} />
        <Facts
          rows={[
            [
              'Id',
              <span key="id" className="kw-key">
                {data.id}
              </span>,
            ],
            ['Created', dayOf(data.createdAt)],
          ]}
        />
      </Section>
      <AccountLimits account={data} />
    </Stack>
  );
}

function AccountForm({ account }: { account: OutputOf<'getAccount'> }) {
  const reason = whyNotAdministrate(useMe());
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateAccount',
    initialValues: { name: account.name },
    toInput: values => values,
    onDone: () => notify('The account was renamed.'),
  });
  return (
    <SaveForm reason={reason} busy={busy} error={error} submit={submit}>
      <TextInput
        label="Account name"
        required
        disabled={reason !== undefined}
        maxLength={limits.nameCharsMax}
        {...form.getInputProps('name')}
      />
    </SaveForm>
  );
}
