import { contract, type InputOf, type Operation, type OperationName, requestOf } from '@keywright/contract';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconExternalLink, IconTerminal2 } from '@tabler/icons-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { copyText } from './copy.ts';
import { curlOf } from './curl.ts';
import { notify } from './notify.ts';

/** The menu of one object. `of` names the object for people who do not see where the button stands. */
export function RowMenu({ of, children }: { of: string; children: ReactNode }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current;
    return () => passFocusOn(own);
  }, []);
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon ref={button} variant="subtle" color="gray" aria-label={`Actions for ${of}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

/** A deleted object takes its menu along; the focus goes to what they stood in, so that the keyboard goes on from there. */
function passFocusOn(button: HTMLElement | null): void {
  if (button === null || button !== document.activeElement) return;
  const place = button.closest<HTMLElement>('[role="dialog"]') ?? document.getElementById('content');
  place?.focus({ preventScroll: true });
}

interface ApiItemsProps<Name extends OperationName> {
  /** The operation that reads the object. */
  operation: Name;
  input: InputOf<Name>;
}

/** *View in API* and *Copy as curl*, in the menu of every object. */
export function ApiItems<Name extends OperationName>({ operation, input }: ApiItemsProps<Name>) {
  const entry: Operation = contract[operation];
  const request = requestOf(entry, input);
  const copy = async () => {
    const copied = await copyText(curlOf(request));
    notify(copied ? 'The curl line is on the clipboard.' : 'Copying failed.');
  };
  return (
    <>
      <Menu.Item
        component="a"
        href={request.path}
        target="_blank"
        rel="noreferrer"
        leftSection={<IconExternalLink size={16} aria-hidden />}
      >
        View in API
      </Menu.Item>
      <Menu.Item leftSection={<IconTerminal2 size={16} aria-hidden />} onClick={copy}>
        Copy as curl
      </Menu.Item>
    </>
  );
}
