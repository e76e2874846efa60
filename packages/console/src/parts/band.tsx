import type { ReactNode } from 'react';
import classes from './band.module.css';

interface BandProps {
  label: string;
  tone: 'notice' | 'alarm';
  icon: ReactNode;
  children: ReactNode;
}

/** A line over every page that nobody should overlook. */
export function Band({ label, tone, icon, children }: BandProps) {
  return (
    <section aria-label={label} className={classes.band} data-tone={tone}>
      {icon}
      <div>{children}</div>
    </section>
  );
}
