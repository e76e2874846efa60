import { Button, type ButtonProps, Menu, Tooltip } from '@mantine/core';
import type { MouseEvent, ReactNode } from 'react';

interface ReasonButtonProps extends ButtonProps {
  /** Why the button can not be used; undefined when it can. It stays focusable, so that everybody can learn the reason. */
  reason: string | undefined;
  onClick?: (() => void) | undefined;
  type?: 'button' | 'submit';
  children: ReactNode;
}

export function ReasonButton({ reason, onClick, children, ...props }: ReasonButtonProps) {
  const press = (event: MouseEvent) => {
    if (reason === undefined) return onClick?.();
    event.preventDefault();
  };
  return (
    <Tooltip label={reason} disabled={reason === undefined}>
      <Button {...props} {...disabledBy(reason)} onClick={press}>
        {children}
      </Button>
    </Tooltip>
  );
}

interface ReasonItemProps {
  reason: string | undefined;
  icon: ReactNode;
  danger?: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** The same for an item of a menu. */
export function ReasonItem({ reason, icon, danger = false, onClick, children }: ReasonItemProps) {
  return (
    <Tooltip
      label={reason}
      disabled={reason === undefined}
      position="left"
      middlewares={{ flip: true, shift: { crossAxis: true } }}
    >
      <Menu.Item
        leftSection={icon}
        color={danger && reason === undefined ? 'red' : undefined}
        closeMenuOnClick={reason === undefined}
        aria-disabled={reason === undefined ? undefined : true}
        aria-description={reason}
        className={reason === undefined ? undefined : 'kw-unusable'}
        onClick={() => reason === undefined && onClick()}
      >
        {children}
      </Menu.Item>
    </Tooltip>
  );
}

function disabledBy(reason: string | undefined) {
  return reason === undefined ? {} : { 'data-disabled': true, 'aria-disabled': true, 'aria-description': reason };
}
