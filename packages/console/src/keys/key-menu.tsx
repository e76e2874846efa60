import type { AccessKey } from '@keywright/contract';
import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { ConfirmKey, type KeyStep } from './confirm-key.tsx';
import { EditKey } from './edit-key.tsx';
import { keyName } from './key-text.tsx';
import { useWhyNot } from './why-not.ts';

/** What can be done with one key, and the dialogs for it. */
export function KeyMenu({ accessKey, onDeleted }: { accessKey: AccessKey; onDeleted?: () => void }) {
  const [open, setOpen] = useState<KeyStep | 'edit'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <RowMenu of={keyName(accessKey)}>
        <KeyItems accessKey={accessKey} onOpen={setOpen} />
        <Menu.Divider />
        <ApiItems operation="getAccessKey" input={{ key: accessKey.key }} project={accessKey.project} />
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
  const whyNot = useWhyNot(accessKey);
  return (
    <>
      <ReasonItem reason={whyNot.change} icon={<IconPencil size={16} aria-hidden />} onClick={() => onOpen('edit')}>
        Edit
      </ReasonItem>
      {accessKey.enabled ? (
        <ReasonItem
          reason={whyNot.change}
          icon={<IconArrowDown size={16} aria-hidden />}
          onClick={() => onOpen('deactivate')}
        >
          Deactivate
        </ReasonItem>
      ) : (
        <ReasonItem
          reason={whyNot.change}
          icon={<IconArrowUp size={16} aria-hidden />}
          onClick={() => onOpen('activate')}
        >
          Activate
        </ReasonItem>
      )}
      <ReasonItem reason={whyNot.remove} icon={<IconX size={16} aria-hidden />} danger onClick={() => onOpen('delete')}>
        Delete
      </ReasonItem>
    </>
  );
}
