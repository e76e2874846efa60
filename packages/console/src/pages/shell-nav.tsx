import { Text } from '@mantine/core';
import {
  IconApi,
  IconBuilding,
  IconFolders,
  IconKey,
  IconListDetails,
  IconRobot,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { isAdmin, useMe } from '../me.ts';
import { Name } from '../parts/name.tsx';
import { lastProject } from '../projects/last-project.ts';
import classes from './shell-nav.module.css';

const ITEMS = [
  { to: '/projects', text: 'Projects', Icon: IconFolders, adminOnly: false },
  { to: '/apis', text: 'APIs', Icon: IconApi, adminOnly: false },
  { to: '/members', text: 'Members', Icon: IconUsers, adminOnly: false },
  { to: '/service-accounts', text: 'Service accounts', Icon: IconRobot, adminOnly: false },
  { to: '/accounts', text: 'Accounts', Icon: IconBuilding, adminOnly: true },
  { to: '/audit-log', text: 'Audit log', Icon: IconListDetails, adminOnly: false },
  { to: '/settings', text: 'Settings', Icon: IconSettings, adminOnly: false },
] as const;

/** The pages on the left. *API & Keys* leads to the project that the person was in last. */
export function ShellNav() {
  const me = useMe();
  useLocation(); // the project is another one after a change of page
  const project = lastProject();
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} px="sm" mb="xs">
        <Name>{me.account.name}</Name>
      </Text>
      <ul className={classes.list}>
        <li>
          <Link
            className={classes.link}
            {...(project ? { to: '/api-and-keys/$project', params: { project } } : { to: '/api-and-keys' })}
          >
            <IconKey size={18} stroke={1.75} aria-hidden />
            API & Keys
          </Link>
        </li>
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
