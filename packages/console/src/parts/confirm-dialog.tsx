import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { ErrorAlert } from './error-alert.tsx';

interface ConfirmDialogProps {
  title: string;
  /** The word on the button that does it. */
  verb: string;
  danger?: boolean;
  /** The word on the other button. */
  no?: string;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
  /** What will happen, and what will stop working. */
  children: ReactNode;
}

/** Asks before something is done. The focus begins on Cancel, so that Enter alone destroys nothing. */
export function ConfirmDialog({
  title,
  verb,
  no = 'Cancel',
  danger,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} size="md" onClose={onClose}>
      <Stack gap="md">
        <Stack gap="xs">{children}</Stack>
        <ErrorAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {no}
          </Button>
          <Button color={danger ? 'red' : undefined} loading={busy} onClick={onConfirm}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
