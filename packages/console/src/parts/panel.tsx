import { Drawer, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLayer } from './layers.ts';
import classes from './panel.module.css';

interface PanelProps {
  title: ReactNode;
  menu?: ReactNode;
  /** A panel that is opened from another one lies over it. */
  over?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A panel from the side; it is open for as long as it is mounted. */
export function Panel({ title, menu, over = false, onClose, children }: PanelProps) {
  useLayer(onClose);
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size="min(56rem, 100vw)"
      zIndex={over ? 'var(--kw-layer-over)' : 'var(--kw-layer-panel)'}
      closeOnEscape={false}
      returnFocus={false}
    >
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content className={classes.content}>
        <div className={classes.header}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <Group gap={4} wrap="nowrap">
            {menu}
            <Drawer.CloseButton aria-label="Close" />
          </Group>
        </div>
        <Drawer.Body className={classes.body}>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
