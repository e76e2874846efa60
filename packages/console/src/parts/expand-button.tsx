import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';

/** Ids hold no spaces. */
export const detailsId = (of: string) => `details-${of.replaceAll(' ', '-')}`;

/** Opens and closes the details of the row with that id. */
export function ExpandButton({ of, open, onToggle }: { of: string; open: boolean; onToggle: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`Details of ${of}`}
      aria-expanded={open}
      aria-controls={open ? detailsId(of) : undefined}
      onClick={onToggle}
    >
      {open ? <IconChevronUp size={18} aria-hidden /> : <IconChevronDown size={18} aria-hidden />}
    </ActionIcon>
  );
}
