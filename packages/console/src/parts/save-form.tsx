import { Group, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { ErrorAlert } from './error-alert.tsx';
import { ReasonButton } from './reason.tsx';

interface SaveFormProps {
  /** Why the person can not save; undefined when they can. */
  reason: string | undefined;
  busy: boolean;
  error: Error | null;
  submit: (event: FormEvent<HTMLFormElement>) => void;
  /** The word on the button, where there is more than one form. */
  verb?: string;
  children: ReactNode;
}

/** A form that stands on a page, with *Save* at its end. */
export function SaveForm({ reason, busy, error, submit, verb = 'Save', children }: SaveFormProps) {
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={520}>
        {children}
        <ErrorAlert error={error} />
        <Group>
          <ReasonButton type="submit" reason={reason} loading={busy}>
            {verb}
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}
