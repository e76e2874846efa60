import { Button, Group } from '@mantine/core';

/** The last row of a form in a dialog. */
export function FormEnd({ verb, busy, onCancel }: { verb: string; busy: boolean; onCancel: () => void }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={busy}>
        {verb}
      </Button>
    </Group>
  );
}
