import { contract, type InputOf, type Operation, type OperationName, requestOf } from '@keywright/contract';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconExternalLink, IconTerminal2 } from '@tabler/icons-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { actingAccount } from '../api/client.ts';
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
  /** The project to whose endpoint the object belongs. */
  project?: string | null;
  /** The account in which the object is, when it is another one than the console shows. */
  account?: string | undefined;
}

/** *View in API* and *Copy as curl*, in the menu of every object. */
export function ApiItems<Name extends OperationName>(props: ApiItemsProps<Name>) {
  const { operation, input, project, account = actingAccount() } = props;
  const entry: Operation = contract[operation];
  const request = requestOf(entry, input);
  if (project) request.path = request.path.replace('/v1/', `/v1/projects/${project}/`);
  const copy = async () => {
    const copied = await copyText(curlOf({ ...request, account }));
    notify(copied ? 'The curl line is on the clipboard.' : 'Copying failed.');
  };
  // A link carries no header that names the account.
  if (account !== undefined) return <CopyItem onClick={copy} />;
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
      <CopyItem onClick={copy} />
    </>
  );
}

function CopyItem({ onClick }: { onClick: () => void }) {
  return (
    <Menu.Item leftSection={<IconTerminal2 size={16} aria-hidden />} onClick={onClick}>
      Copy as curl
    </Menu.Item>
  );
}
