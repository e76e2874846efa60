import type { ReactNode } from 'react';

/** A name that somebody typed: long ones break, and its writing direction does not reach beyond it. */
export function Name({ children }: { children: ReactNode }) {
  return <bdi className="kw-name">{children}</bdi>;
}
