import type { ServiceAccount } from '@keywright/contract';
import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { counted } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { ConfirmServiceAccount, type ServiceAccountStep } from './confirm-service-account.tsx';

interface ServiceAccountMenuProps {
  account: ServiceAccount;
  onDeleted?: () => void;
}

/** What can be done with one service account, and the dialogs for it. */
export function ServiceAccountMenu({ account, onDeleted }: ServiceAccountMenuProps) {
  const [step, setStep] = useState<ServiceAccountStep>();
  return (
    <>
      <RowMenu of={account.name}>
        <ServiceAccountItems account={account} onOpen={setStep} />
        <Menu.Divider />
        <ApiItems operation="getServiceAccount" input={{ serviceAccount: account.id }} />
      </RowMenu>
      {step && (
        <ConfirmServiceAccount step={step} account={account} onDeleted={onDeleted} onClose={() => setStep(undefined)} />
      )}
    </>
  );
}

interface ItemsProps {
  account: ServiceAccount;
  onOpen: (step: ServiceAccountStep) => void;
}

function ServiceAccountItems({ account, onOpen }: ItemsProps) {
  const reason = whyNotAdministrate(useMe());
  return (
    <>
      {account.state === 'inactive' ? (
        <ReasonItem reason={reason} icon={<IconArrowUp size={16} aria-hidden />} onClick={() => onOpen('activate')}>
          Activate
        </ReasonItem>
      ) : (
        <ReasonItem reason={reason} icon={<IconArrowDown size={16} aria-hidden />} onClick={() => onOpen('deactivate')}>
          Deactivate
        </ReasonItem>
      )}
      <ReasonItem
        reason={reason ?? whyNotDelete(account)}
        icon={<IconX size={16} aria-hidden />}
        danger
        onClick={() => onOpen('delete')}
      >
        Delete
      </ReasonItem>
    </>
  );
}

function whyNotDelete({ keys }: ServiceAccount): string | undefined {
  return keys === 0 ? undefined : `It still owns ${counted(keys, 'access key')}. Delete them first.`;
}
