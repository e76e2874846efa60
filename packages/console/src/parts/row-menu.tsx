import { contract, type InputOf, type Operation, type OperationName, requestOf } from '@keywright/contract';
import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { IconDots, IconExternalLink, IconTerminal2 } from '@tabler/icons-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { actingAccount } from '../api/client.ts';
import { copyText } from './copy.ts';
import { curlOf } from './curl.ts';
import { notify } from './notify.ts';
import { ReasonItem } from './reason.tsx';

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
  if (account !== undefined && !entry.sessionOnly) return <CopyItem onClick={copy} why={WHY_NO_LINK} />;
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
      {entry.sessionOnly ? (
        <ReasonItem reason={WHY_NO_CURL} icon={<IconTerminal2 size={16} aria-hidden />} onClick={copy}>
          Copy as curl
        </ReasonItem>
      ) : (
        <CopyItem onClick={copy} />
      )}
    </>
  );
}

const WHY_NO_LINK =
  'The line names this account in the header Keywright-Account. An address bar sends no header, so that there is no View in API here.';

const WHY_NO_CURL = 'This is for the signed-in person alone: no access key gets it, so that no curl line would.';

/** `why` tells why it stands alone. */
function CopyItem({ onClick, why }: { onClick: () => void; why?: string }) {
  return (
    <Tooltip
      label={why}
      disabled={why === undefined}
      position="left"
      middlewares={{ flip: true, shift: { crossAxis: true } }}
    >
      <Menu.Item leftSection={<IconTerminal2 size={16} aria-hidden />} aria-description={why} onClick={onClick}>
        Copy as curl
      </Menu.Item>
    </Tooltip>
  );
}
