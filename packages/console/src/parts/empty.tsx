import { EmptyState } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './empty.module.css';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  /** What would stand here, and what it is good for. */
  children: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.frame}>
      <EmptyState icon={icon} title={title} description={children} variant="light" size="sm">
        {action && <EmptyState.Actions>{action}</EmptyState.Actions>}
      </EmptyState>
    </div>
  );
}
