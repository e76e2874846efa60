import { limits } from '@keywright/core';
import { Button, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { useEnter } from '../api/enter.ts';
import { read } from '../api/read.ts';
import { EntryCard } from '../parts/entry-card.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useLinkToken } from '../parts/link-token.ts';
import { NewPasswordField } from '../parts/password-field.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { SetupNeeded } from './sign-in.tsx';

export function SetupPage() {
  const token = useLinkToken();
  // Read once: the answer changes while this very page sets up.
  const setup = useQuery({ ...read('getSetup', {}), staleTime: 'static' });
  if (setup.data?.needed === false) return <AlreadySetUp />;
  if (token === undefined) return <SetupNeeded />;
  return (
    <EntryCard title="Set up Keywright" about="You become the owner of the account. Others can be invited later.">
      <SetupForm token={token} />
    </EntryCard>
  );
}

function AlreadySetUp() {
  return (
    <EntryCard title="Already set up" about="The setup link works once, and somebody has used it.">
      <TextLink to="/sign-in">Sign in</TextLink>
    </EntryCard>
  );
}

function SetupForm({ token }: { token: string }) {
  const enter = useEnter();
  const { form, busy, error, submit } = useOperationForm({
    operation: 'setUp',
    initialValues: { account: '', name: '', email: '', password: '' },
    toInput: values => ({ ...values, account: values.account || undefined, token }),
    onDone: (_, { email, password }) => void enter(email, password),
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label="Account name"
          description="Your team or company."
          maxLength={limits.nameCharsMax}
          autoComplete="organization"
          {...form.getInputProps('account')}
        />
        <TextInput
          label="Name"
          required
          maxLength={limits.nameCharsMax}
          autoComplete="name"
          {...form.getInputProps('name')}
        />
        <TextInput type="email" label="E-mail" required autoComplete="username" {...form.getInputProps('email')} />
        <NewPasswordField label="Password" {...form.getInputProps('password')} />
        <ErrorAlert error={error} />
        <Button type="submit" loading={busy} fullWidth>
          Set up
        </Button>
      </Stack>
    </form>
  );
}
