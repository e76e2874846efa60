import { Button, Group } from '@mantine/core';

interface FormEndProps {
  verb: string;
  /** The word on the other button. */
  no?: string;
  busy: boolean;
  onCancel: () => void;
}

/** The last row of a form in a dialog. */
export function FormEnd({ verb, no = 'Cancel', busy, onCancel }: FormEndProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        {no}
      </Button>
      <Button type="submit" loading={busy}>
        {verb}
      </Button>
    </Group>
  );
}
