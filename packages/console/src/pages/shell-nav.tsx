import { Text } from '@mantine/core';
import { IconKey, IconListDetails, IconRobot, IconSettings, IconUsers } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { isAdmin, useMe } from '../me.ts';
import { Name } from '../parts/name.tsx';
import classes from './shell-nav.module.css';

const ITEMS = [
  { to: '/access-keys', text: 'Access keys', Icon: IconKey, adminOnly: true },
  { to: '/members', text: 'Members', Icon: IconUsers, adminOnly: false },
  { to: '/service-accounts', text: 'Service accounts', Icon: IconRobot, adminOnly: false },
  { to: '/audit-log', text: 'Audit log', Icon: IconListDetails, adminOnly: false },
  { to: '/settings', text: 'Settings', Icon: IconSettings, adminOnly: false },
] as const;

/** The pages on the left. Members find their own keys in their profile. */
export function ShellNav() {
  const me = useMe();
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} px="sm" mb="xs">
        <Name>{me.account.name}</Name>
      </Text>
      <ul className={classes.list}>
        {ITEMS.filter(item => !item.adminOnly || isAdmin(me)).map(({ to, text, Icon }) => (
          <li key={to}>
            <Link to={to} className={classes.link}>
              <Icon size={18} stroke={1.75} aria-hidden />
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
