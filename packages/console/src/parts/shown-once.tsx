import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import classes from './shown-once.module.css';

interface ShownOnceProps {
  title: string;
  warning: string;
  /** The words of the only button that closes it. */
  verb: string;
  onClose: () => void;
  children: ReactNode;
}

/** Shows what is never shown again: neither Escape nor a click beside it closes the dialog. */
export function ShownOnce({ title, warning, verb, onClose, children }: ShownOnceProps) {
  return (
    <Dialog title={title} size="xl">
      <Stack gap="md">
        <Alert color="yellow" icon={<IconEyeOff aria-hidden />}>
          {warning}
        </Alert>
        {children}
        <Group justify="flex-end" className={classes.end}>
          <Button onClick={onClose}>{verb}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** One value with its copy button. */
export function CopyRow({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {label}
      </Text>
      <div className={classes.row}>
        <Code className={classes.text} aria-label={label}>
          {text}
        </Code>
        <CopyButton text={text} what={`Copy ${label}`} />
      </div>
    </div>
  );
}
