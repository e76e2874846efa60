import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLayer } from './layers.ts';

interface DialogProps {
  title: string;
  size?: ModalProps['size'];
  /** Without it, only a button inside closes the dialog. */
  onClose?: (() => void) | undefined;
  children: ReactNode;
}

const ignore = () => undefined;

/** A dialog in the middle; it is open for as long as it is mounted. */
export function Dialog({ title, size = 'lg', onClose, children }: DialogProps) {
  useLayer(onClose);
  return (
    <Modal
      opened
      onClose={onClose ?? ignore}
      title={title}
      size={size}
      zIndex="var(--kw-layer-dialog)"
      closeOnEscape={false}
      closeOnClickOutside={onClose !== undefined}
      withCloseButton={onClose !== undefined}
      closeButtonProps={{ 'aria-label': 'Close' }}
      returnFocus={false}
      padding="lg"
    >
      {children}
    </Modal>
  );
}
