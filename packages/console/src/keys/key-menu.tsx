import type { AccessKey } from '@keywright/contract';
import { whyNotDelete } from '@keywright/core';
import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { useMe, whyNotChangeKeys } from '../me.ts';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { ConfirmKey, type KeyStep } from './confirm-key.tsx';
import { EditKey } from './edit-key.tsx';
import { keyName } from './key-text.tsx';

/** What can be done with one key, and the dialogs for it. */
export function KeyMenu({ accessKey, onDeleted }: { accessKey: AccessKey; onDeleted?: () => void }) {
  const [open, setOpen] = useState<KeyStep | 'edit'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <RowMenu of={keyName(accessKey)}>
        <KeyItems accessKey={accessKey} onOpen={setOpen} />
        <Menu.Divider />
        <ApiItems operation="getAccessKey" input={{ key: accessKey.key }} />
      </RowMenu>
      {open === 'edit' && <EditKey accessKey={accessKey} onClose={close} />}
      {open !== undefined && open !== 'edit' && (
        <ConfirmKey step={open} accessKey={accessKey} onDeleted={onDeleted} onClose={close} />
      )}
    </>
  );
}

interface KeyItemsProps {
  accessKey: AccessKey;
  onOpen: (dialog: KeyStep | 'edit') => void;
}

function KeyItems({ accessKey, onOpen }: KeyItemsProps) {
  const policy = useQuery(read('getKeyPolicy', {})).data;
  const reason = whyNotChangeKeys(useMe(), accessKey.owner.id);
  const whyNotDeleted = reason ?? whyNotDelete(accessKey.enabled, policy?.deleteRequiresInactive ?? false);
  return (
    <>
      <ReasonItem reason={reason} icon={<IconPencil size={16} aria-hidden />} onClick={() => onOpen('edit')}>
        Edit
      </ReasonItem>
      {accessKey.enabled ? (
        <ReasonItem reason={reason} icon={<IconArrowDown size={16} aria-hidden />} onClick={() => onOpen('deactivate')}>
          Deactivate
        </ReasonItem>
      ) : (
        <ReasonItem reason={reason} icon={<IconArrowUp size={16} aria-hidden />} onClick={() => onOpen('activate')}>
          Activate
        </ReasonItem>
      )}
      <ReasonItem reason={whyNotDeleted} icon={<IconX size={16} aria-hidden />} danger onClick={() => onOpen('delete')}>
        Delete
      </ReasonItem>
    </>
  );
}
