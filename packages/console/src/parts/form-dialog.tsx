import { Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { FormEnd } from './form-end.tsx';

interface FormDialogProps {
  title: string;
  /** The word on the button that sends it. */
  verb: string;
  busy: boolean;
  error: Error | null;
  submit: (event: FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is one form, with *Cancel* at its end. */
export function FormDialog({ title, verb, busy, error, submit, onClose, children }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {children}
          <ErrorAlert error={error} />
          <FormEnd verb={verb} busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}
