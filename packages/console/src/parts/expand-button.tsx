import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';

/** Opens and closes the details of the row with that id. */
export function ExpandButton({ of, open, onToggle }: { of: string; open: boolean; onToggle: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`Details of ${of}`}
      aria-expanded={open}
      aria-controls={open ? `details-${of}` : undefined}
      onClick={onToggle}
    >
      {open ? <IconChevronUp size={18} aria-hidden /> : <IconChevronDown size={18} aria-hidden />}
    </ActionIcon>
  );
}
