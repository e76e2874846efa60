import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';

/** One step of the import. What was pressed before is gone: focus and eye go to its beginning. */
export function Step({ children }: { children: ReactNode }) {
  return (
    <Stack gap="md" tabIndex={-1} ref={goTo} style={{ outline: 'none' }}>
      {children}
    </Stack>
  );
}

function goTo(step: HTMLElement | null): void {
  step?.focus({ preventScroll: true });
  step?.closest('[role="dialog"]')?.scrollTo(0, 0);
}
