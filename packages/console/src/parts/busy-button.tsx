import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface BusyButtonProps extends ButtonProps {
  busy: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** A button that keeps the focus while it works: Mantine disables one that loads, and browsers take the focus from it. */
export function BusyButton({ busy, onClick, ...props }: BusyButtonProps) {
  return (
    <Button
      variant="default"
      {...props}
      loading={busy}
      renderRoot={root => <button {...root} type="button" disabled={false} aria-disabled={busy || undefined} />}
      onClick={() => !busy && onClick()}
    />
  );
}
