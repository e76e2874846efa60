import { contract, type InputOf, type Operation, type OperationName, requestOf } from '@keywright/contract';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconExternalLink, IconTerminal2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { actingAccount } from '../api/client.ts';
import { copyText } from './copy.ts';
import { curlOf } from './curl.ts';
import { notify } from './notify.ts';
import { ReasonItem } from './reason.tsx';

/** The menu of one object. `of` names the object for people who do not see where the button stands. */
export function RowMenu({ of, children }: { of: string; children: ReactNode }) {
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${of}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

interface ApiItemsProps<Name extends OperationName> {
  /** The operation that reads the object. */
  operation: Name;
  input: InputOf<Name>;
  /** The project to whose endpoint the object belongs. */
  project?: string | null;
  /** The account in which the object is, when it is another one than the console shows; null for the person's own. */
  account?: string | null;
}

/** *View in API* and *Copy as curl*, in the menu of every object. */
export function ApiItems<Name extends OperationName>(props: ApiItemsProps<Name>) {
  const { operation, input, project, account = actingAccount() ?? null } = props;
  const entry: Operation = contract[operation];
  const request = requestOf(entry, input);
  if (project) request.path = request.path.replace('/v1/', `/v1/projects/${project}/`);
  const copy = async () => {
    const copied = await copyText(curlOf({ ...request, account }));
    notify(copied ? 'The curl line is on the clipboard.' : 'Copying failed.');
  };
  const isElsewhere = account !== null && !entry.sessionOnly;
  return (
    <>
      <Menu.Item
        component="a"
        href={isElsewhere ? inApiAddress(account, request.path) : request.path}
        target="_blank"
        rel="noreferrer"
        leftSection={<IconExternalLink size={16} aria-hidden />}
      >
        View in API
      </Menu.Item>
      <ReasonItem
        reason={entry.sessionOnly ? WHY_NO_CURL : undefined}
        icon={<IconTerminal2 size={16} aria-hidden />}
        onClick={copy}
      >
        Copy as curl
      </ReasonItem>
    </>
  );
}

type ReadMenuProps<Name extends OperationName> = Pick<ApiItemsProps<Name>, 'operation' | 'input'> & { of: string };

/** The menu of what has no other actions. */
export function ReadMenu<Name extends OperationName>({ of, operation, input }: ReadMenuProps<Name>) {
  return (
    <RowMenu of={of}>
      <ApiItems operation={operation} input={input} />
    </RowMenu>
  );
}

/** An address bar sends no header, and only a header names the account: there the console itself shows the answer. */
const inApiAddress = (account: string, path: string) => `/in-api?${new URLSearchParams({ account, path })}`;

const WHY_NO_CURL = 'This is for the signed-in person alone: no access key gets it, so that no curl line would.';
