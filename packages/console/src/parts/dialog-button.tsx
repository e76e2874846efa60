import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { ReasonButton } from './reason.tsx';

interface DialogButtonProps {
  verb: string;
  /** Why the person can not do it; undefined when they can. */
  reason: string | undefined;
  dialog: (close: () => void) => ReactNode;
}

/** A button that opens a dialog, such as that in which something is created. */
export function DialogButton({ verb, reason, dialog }: DialogButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <ReasonButton reason={reason} leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {verb}
      </ReasonButton>
      {open && dialog(() => setOpen(false))}
    </>
  );
}
