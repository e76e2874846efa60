import type { Api } from '@keywright/contract';
import { Menu, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { counted } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { Name } from '../parts/name.tsx';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { whyBuiltIn } from './why-not.ts';

const DELETE = {
  operation: 'deleteApi',
  everywhere: 'Refused',
  title: 'Delete API',
  verb: 'Delete',
  danger: true,
  done: 'The API was deleted.',
} as const;

/** What can be done with one API. */
export function ApiMenu({ api, onDeleted }: { api: Api; onDeleted?: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const reason = whyNotAdministrate(useMe()) ?? whyBuiltIn(api);
  return (
    <>
      <RowMenu of={api.name}>
        <ReasonItem reason={reason} icon={<IconX size={16} aria-hidden />} danger onClick={() => setDeleting(true)}>
          Delete
        </ReasonItem>
        <Menu.Divider />
        <ApiItems operation="getApi" input={{ api: api.id }} />
      </RowMenu>
      {deleting && (
        <ConfirmStep step={DELETE} input={{ api: api.id }} onDone={onDeleted} onClose={() => setDeleting(false)}>
          <Text size="sm">
            <b>
              <Name>{api.name}</Name>
            </b>{' '}
            is deleted for good with its {counted(api.endpoints, 'endpoint')}: gateways that ask for it refuse every key
            from then on. It can not be deleted while an access key holds a grant for it.
          </Text>
        </ConfirmStep>
      )}
    </>
  );
}
