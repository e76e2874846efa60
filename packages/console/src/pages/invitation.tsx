import type { OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { useEnter } from '../api/enter.ts';
import { read } from '../api/read.ts';
import { textOf } from '../format.ts';
import { EntryCard } from '../parts/entry-card.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useLinkToken } from '../parts/link-token.ts';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { NewPasswordField } from '../parts/password-field.tsx';
import { TextLink } from '../parts/text-link.tsx';

export function InvitationPage() {
  const token = useLinkToken();
  // Read once: accepting uses it up.
  const invitation = useQuery({
    ...read('getInvitation', { token: token ?? '' }),
    staleTime: 'static',
    enabled: token !== undefined,
  });
  const { data } = invitation;
  const error = token === undefined ? new Error('The link is not complete: it ends in #token=…') : invitation.error;
  if (token === undefined || error) {
    return (
      <EntryCard title="Invitation">
        <ErrorAlert error={error} />
        <TextLink to="/sign-in">Sign in</TextLink>
      </EntryCard>
    );
  }
  if (data === undefined) {
    return (
      <EntryCard title="Invitation">
        <Loading />
      </EntryCard>
    );
  }
  return (
    <EntryCard
      title="Invitation"
      about={
        <>
          Join <Name>{data.account}</Name> as {textOf(data.role).toLowerCase()} with <Name>{data.email}</Name>.
        </>
      }
    >
      <InvitationForm token={token} invitation={data} />
    </EntryCard>
  );
}

interface InvitationFormProps {
  token: string;
  invitation: OutputOf<'getInvitation'>;
}

function InvitationForm({ token, invitation }: InvitationFormProps) {
  const enter = useEnter();
  const { form, busy, error, submit } = useOperationForm({
    operation: 'acceptInvitation',
    initialValues: { name: invitation.name, password: '' },
    toInput: values => ({ ...values, token }),
    onDone: ({ email }, { password }) => void enter(email, password),
  });
  const password = form.getInputProps('password');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {/* Password stores save the address together with the password. */}
        <input type="hidden" autoComplete="username" value={invitation.email} readOnly />
        <TextInput
          label="Name"
          required
          maxLength={limits.nameCharsMax}
          autoComplete="name"
          {...form.getInputProps('name')}
        />
        {invitation.known ? (
          <PasswordInput
            label="Password"
            description="You have a password here already: give that one."
            autoComplete="current-password"
            required
            {...password}
          />
        ) : (
          <NewPasswordField label="Password" {...password} />
        )}
        <ErrorAlert error={error} />
        <Button type="submit" loading={busy} fullWidth>
          Join
        </Button>
      </Stack>
    </form>
  );
}
