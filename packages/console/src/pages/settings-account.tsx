import type { OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { Group, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { dayOf } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Facts } from '../parts/facts.tsx';
import { notify } from '../parts/notify.ts';
import { Loading } from '../parts/paged-table.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';

export function SettingsAccount() {
  const { data, error } = useQuery(read('getAccount', {}));
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  return (
    <Section
      title="Account"
      menu={
        <RowMenu of="the account">
          <ApiItems operation="getAccount" input={{}} />
        </RowMenu>
      }
    >
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
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Account name"
          required
          maw={400}
          disabled={reason !== undefined}
          maxLength={limits.nameCharsMax}
          {...form.getInputProps('name')}
        />
        <ErrorAlert error={error} />
        <Group>
          <ReasonButton type="submit" reason={reason} loading={busy}>
            Save
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}
