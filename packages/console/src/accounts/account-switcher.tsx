import { Button, Menu } from '@mantine/core';
import { IconBuilding, IconCheck, IconSelector } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { listReachedAccounts } from '../api/client.ts';
import { useMe } from '../me.ts';
import { Name } from '../parts/name.tsx';
import { accountAddress } from './account-address.ts';
import classes from './accounts.module.css';

const SHOWN = 12;

/** In the header: in which account the person acts, and the way to the others. Absent where there is only one. */
export function AccountSwitcher() {
  const me = useMe();
  const { data } = useQuery({
    queryKey: ['reachedAccounts'],
    queryFn: ({ signal }) => listReachedAccounts({ limit: SHOWN }, { signal }),
  });
  if (data === undefined || (data.items.length < 2 && me.home === null)) return null;
  // The own account and the one acted in always stand there, however many others there are.
  const fixed = me.home === null ? [me.account] : [me.home, me.account];
  const others = data.items.filter(({ id }) => fixed.every(account => account.id !== id));
  return (
    <Menu width={280} position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          className={classes.switcher}
          aria-label={`Switch account: ${me.account.name}`}
          leftSection={<IconBuilding size={16} aria-hidden />}
          rightSection={<IconSelector size={14} aria-hidden />}
        >
          <bdi className={classes.current}>{me.account.name}</bdi>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {[...fixed, ...others].map(({ id, name }) => (
          <Menu.Item
            key={id}
            component="a"
            href={accountAddress(id, me)}
            aria-current={id === me.account.id ? 'true' : undefined}
            rightSection={id === me.account.id && <IconCheck size={16} aria-hidden />}
          >
            <Name>{name}</Name>
          </Menu.Item>
        ))}
        {data.nextCursor !== null && (
          <>
            <Menu.Divider />
            <Menu.Item component="a" href="/accounts">
              All accounts
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
