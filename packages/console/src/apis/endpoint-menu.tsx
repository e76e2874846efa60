import type { Endpoint } from '@keywright/contract';
import { Menu, Text } from '@mantine/core';
import { IconPencil, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ConfirmStep } from '../parts/confirm-step.tsx';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import type { ApiDetail } from './api-detail.ts';
import { EditEndpoint } from './endpoint-dialogs.tsx';
import { whyBuiltIn } from './why-not.ts';

const DELETE = {
  operation: 'deleteEndpoint',
  everywhere: 'In force',
  title: 'Delete endpoint',
  verb: 'Delete',
  danger: true,
  done: 'The endpoint was deleted.',
} as const;

interface EndpointMenuProps {
  api: ApiDetail;
  endpoint: Endpoint;
}

/** What can be done with one endpoint. */
export function EndpointMenu({ api, endpoint }: EndpointMenuProps) {
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const reason = whyNotAdministrate(useMe()) ?? whyBuiltIn(api);
  const close = () => setOpen(undefined);
  return (
    <>
      <RowMenu of={`${endpoint.method} ${endpoint.path}`}>
        <ReasonItem reason={reason} icon={<IconPencil size={16} aria-hidden />} onClick={() => setOpen('edit')}>
          Edit
        </ReasonItem>
        <ReasonItem reason={reason} icon={<IconX size={16} aria-hidden />} danger onClick={() => setOpen('delete')}>
          Delete
        </ReasonItem>
        <Menu.Divider />
        <ApiItems operation="listEndpoints" input={{ api: api.id, text: endpoint.path }} />
      </RowMenu>
      {open === 'edit' && <EditEndpoint api={api} endpoint={endpoint} onClose={close} />}
      {open === 'delete' && <DeleteEndpoint api={api} endpoint={endpoint} onClose={close} />}
    </>
  );
}

function DeleteEndpoint({ api, endpoint, onClose }: EndpointMenuProps & { onClose: () => void }) {
  return (
    <ConfirmStep step={DELETE} input={{ api: api.id, endpoint: endpoint.id }} onClose={onClose}>
      <Text size="sm">
        <b className="kw-name">{`${endpoint.method} ${endpoint.path}`}</b> is deleted for good. It stays while an access
        key holds a grant for it, or could call more without it.
      </Text>
    </ConfirmStep>
  );
}
