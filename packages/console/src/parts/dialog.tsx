import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './dialog.module.css';
import { useLayer } from './layers.ts';

interface DialogProps {
  title: string;
  size?: ModalProps['size'];
  /** Without it, only a button inside closes the dialog. */
  onClose?: (() => void) | undefined;
  children: ReactNode;
}

const ignore = () => undefined;

/** A dialog in the middle; it is open for as long as it is mounted. A click beside it loses nothing that was typed. */
export function Dialog({ title, size = 'lg', onClose, children }: DialogProps) {
  useLayer(onClose);
  return (
    <Modal.Root
      opened
      onClose={onClose ?? ignore}
      size={size}
      zIndex="var(--kw-layer-dialog)"
      closeOnEscape={false}
      closeOnClickOutside={false}
      returnFocus={false}
      padding="lg"
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <div className={classes.header}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          {onClose && <Modal.CloseButton aria-label="Close" />}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
