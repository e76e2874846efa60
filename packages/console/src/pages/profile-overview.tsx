import { limits } from '@keywright/core';
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { dayOf, textOf } from '../format.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Facts } from '../parts/facts.tsx';
import { notify } from '../parts/notify.ts';
import { Loading } from '../parts/paged-table.tsx';
import { NewPasswordField } from '../parts/password-field.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';
import { Section } from '../parts/section.tsx';

export function ProfileOverview() {
  const { data: me, error } = useQuery(read('getProfile', {}));
  if (me === undefined) return error === null ? <Loading /> : <ErrorAlert error={error} />;
  return (
    <Stack gap="lg">
      <Section title="You" menu={<ReadMenu of="your profile" operation="getProfile" input={{}} />}>
        <Facts
          rows={[
            ['E-mail', me.email],
            ['Role', textOf(me.role)],
            ['Account', me.account.name],
            ['Member since', dayOf(me.createdAt)],
          ]}
        />
        <NameForm name={me.name} />
      </Section>
      <Section title="Change password" about="Signs you out on all other devices.">
        <PasswordForm email={me.email} />
      </Section>
    </Stack>
  );
}

function NameForm({ name }: { name: string }) {
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateProfile',
    initialValues: { name },
    toInput: values => values,
    onDone: () => notify('Your name was changed.'),
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" maw={400} align="flex-start">
        <TextInput
          label="Name"
          required
          w="100%"
          maxLength={limits.nameCharsMax}
          autoComplete="name"
          {...form.getInputProps('name')}
        />
        <ErrorAlert error={error} />
        <Button type="submit" variant="default" loading={busy}>
          Save name
        </Button>
      </Stack>
    </form>
  );
}

function PasswordForm({ email }: { email: string }) {
  const { form, busy, error, submit } = useOperationForm({
    operation: 'changePassword',
    initialValues: { currentPassword: '', newPassword: '' },
    toInput: values => values,
    onDone: () => {
      form.reset();
      notify('Your password was changed.');
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" maw={400} align="flex-start">
        {/* Password stores save the address together with the password. */}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          w="100%"
          {...form.getInputProps('currentPassword')}
        />
        <NewPasswordField label="New password" w="100%" {...form.getInputProps('newPassword')} />
        <ErrorAlert error={error} />
        <Button type="submit" variant="default" loading={busy}>
          Change password
        </Button>
      </Stack>
    </form>
  );
}
