import { type KeyPolicy, limits } from '@keywright/core';
import { Checkbox, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Form, useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { notify } from '../parts/notify.ts';
import { Loading } from '../parts/paged-table.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';

export function SettingsKeyPolicy() {
  const { data, error } = useQuery(read('getKeyPolicy', {}));
  if (data === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  return (
    <Section
      title="Key policy"
      about="The rules for new access keys and for changes. Existing keys go on working."
      menu={
        <RowMenu of="the key policy">
          <ApiItems operation="getKeyPolicy" input={{}} />
        </RowMenu>
      }
    >
      <PolicyForm policy={data} />
    </Section>
  );
}

/** Number inputs hold an empty text for no limit. */
type PolicyValues = Omit<KeyPolicy, 'keysPerOwnerMax' | 'lifetimeDaysMax'> & {
  keysPerOwnerMax: number | string;
  lifetimeDaysMax: number | string;
};

const limitOf = (value: number | string) => (value === '' ? null : Number(value));

function PolicyForm({ policy }: { policy: KeyPolicy }) {
  const reason = whyNotAdministrate(useMe());
  const initialValues: PolicyValues = {
    ...policy,
    keysPerOwnerMax: policy.keysPerOwnerMax ?? '',
    lifetimeDaysMax: policy.lifetimeDaysMax ?? '',
  };
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateKeyPolicy',
    initialValues,
    toInput: values => ({
      ...values,
      keysPerOwnerMax: limitOf(values.keysPerOwnerMax),
      lifetimeDaysMax: limitOf(values.lifetimeDaysMax),
    }),
    onDone: () => notify('The key policy was changed.'),
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg" maw={520}>
        <PolicyFields form={form} disabled={reason !== undefined} />
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

function PolicyFields({ form, disabled }: { form: Form<PolicyValues>; disabled: boolean }) {
  return (
    <>
      <NumberInput
        label="Keys per owner"
        description="How many access keys one owner can have, deactivated ones included; empty for no limit."
        placeholder="No limit"
        min={1}
        max={limits.keysPerOwnerMax}
        allowDecimal={false}
        disabled={disabled}
        {...form.getInputProps('keysPerOwnerMax')}
      />
      <NumberInput
        label="Longest lifetime in days"
        description="How long a key can live; a new key without an expiry then gets the latest one allowed. Empty for no limit."
        placeholder="No limit"
        min={1}
        max={limits.lifetimeDaysMax}
        allowDecimal={false}
        disabled={disabled}
        {...form.getInputProps('lifetimeDaysMax')}
      />
      <Checkbox
        label="Delete only inactive keys"
        description="A key must be deactivated before it can be deleted, so that a mistake can still be undone."
        disabled={disabled}
        {...form.getInputProps('deleteRequiresInactive', { type: 'checkbox' })}
      />
      <Checkbox
        label="Require a name"
        description="Each key must have a name that says what it is for."
        disabled={disabled}
        {...form.getInputProps('nameRequired', { type: 'checkbox' })}
      />
      <TextInput
        label="Token prefix"
        description="What the tokens of new keys begin with, so that secret scanners find them."
        maxLength={limits.prefixCharsMax}
        disabled={disabled}
        {...form.getInputProps('tokenPrefix')}
      />
    </>
  );
}
