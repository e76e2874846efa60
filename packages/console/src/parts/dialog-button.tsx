import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { ReasonButton } from './reason.tsx';

interface DialogButtonOptions {
  verb: string;
  /** Why the person can not do it; undefined when they can. */
  reason: string | undefined;
  dialog: (close: () => void) => ReactNode;
}

/**
 * A button that opens a dialog, such as that in which something is created. The button may stand in several places, some of which go
 * when there is something; the dialog stands apart, so that nobody loses what they have typed.
 */
export function useDialogButton({ verb, reason, dialog }: DialogButtonOptions) {
  const [open, setOpen] = useState(false);
  const button = (
    <ReasonButton reason={reason} leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
      {verb}
    </ReasonButton>
  );
  return { button, dialog: open && dialog(() => setOpen(false)) };
}
