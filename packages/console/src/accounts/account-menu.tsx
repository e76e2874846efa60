import type { ReachedAccount } from '@keywright/contract';
import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowsExchange, IconArrowUp } from '@tabler/icons-react';
import { useState } from 'react';
import { type Me, useMe, whyNotAdministrate } from '../me.ts';
import { ReasonItem } from '../parts/reason.tsx';
import { ApiItems, RowMenu } from '../parts/row-menu.tsx';
import { accountAddress } from './account-address.ts';
import { type AccountStep, ConfirmAccount } from './confirm-account.tsx';

/** What can be done with one account, and the dialogs for it. */
export function AccountMenu({ account }: { account: ReachedAccount }) {
  const me = useMe();
  const [step, setStep] = useState<AccountStep>();
  const reason = whyNot(me, account);
  const address = accountAddress(account.id, me);
  return (
    <>
      <RowMenu of={account.name}>
        <Menu.Item component="a" href={address} leftSection={<IconArrowsExchange size={16} aria-hidden />}>
          Act in this account
        </Menu.Item>
        {account.state === 'active' ? (
          <ReasonItem
            reason={reason}
            icon={<IconArrowDown size={16} aria-hidden />}
            danger
            onClick={() => setStep('deactivate')}
          >
            Deactivate
          </ReasonItem>
        ) : (
          <ReasonItem reason={reason} icon={<IconArrowUp size={16} aria-hidden />} onClick={() => setStep('activate')}>
            Activate
          </ReasonItem>
        )}
        <Menu.Divider />
        <ApiItems operation="getAccount" input={{}} account={address === '/' ? null : account.id} />
      </RowMenu>
      {step && <ConfirmAccount step={step} account={account} onClose={() => setStep(undefined)} />}
    </>
  );
}

function whyNot(me: Me, account: ReachedAccount): string | undefined {
  if (account.id === me.account.id) return 'You act in this account: only accounts that it manages can be deactivated.';
  if (account.way === 'member') return 'Only accounts that yours manages can be deactivated.';
  return whyNotAdministrate(me, 'accounts:manage');
}
