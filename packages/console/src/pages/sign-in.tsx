import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { forgetReads } from '../api/query-client.ts';
import { read } from '../api/read.ts';
import { signIn } from '../api/session.ts';
import { localPath } from '../local-path.ts';
import { EntryCard } from '../parts/entry-card.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';

export function SignInPage() {
  const setup = useQuery(read('getSetup', {}));
  if (setup.data?.needed) return <SetupNeeded />;
  return (
    <EntryCard title="Sign in">
      <ErrorAlert error={setup.error} />
      <SignInForm />
    </EntryCard>
  );
}

/** Nobody can sign in before the first person has set up the server. */
export function SetupNeeded() {
  return (
    <EntryCard title="Open the setup link" about="This Keywright is new and belongs to nobody yet.">
      <Alert color="blue">
        At its start, the server printed a link that ends in <b>/setup#token=…</b>. Open that link: whoever does so
        first sets name and password and becomes the owner. The server prints the link again each time it starts.
      </Alert>
    </EntryCard>
  );
}

function SignInForm() {
  const { returnTo } = useSearch({ from: '/sign-in' });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const router = useRouter();
  const queries = useQueryClient();
  const enter = useMutation({
    mutationFn: () => signIn(email, password),
    onSuccess: () => {
      forgetReads(queries);
      const path = localPath(returnTo);
      // GraphiQL is a page of its own beside the console.
      if (/^\/graphql(?![^/?])/.test(path)) location.replace(path);
      else router.history.replace(path);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          type="email"
          label="E-mail"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        <ErrorAlert error={enter.error} />
        <Button type="submit" loading={enter.isPending} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
