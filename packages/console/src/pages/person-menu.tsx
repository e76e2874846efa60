import { Avatar, Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconChevronDown, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { forgetReads } from '../api/query-client.ts';
import { signOut } from '../api/session.ts';
import { useMe } from '../me.ts';
import { Name } from '../parts/name.tsx';
import { notifyError } from '../parts/notify.ts';
import classes from './person-menu.module.css';

/** Top right: who is signed in, and what concerns only them. */
export function PersonMenu() {
  const me = useMe();
  return (
    <Menu width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className={classes.button}
          px="xs"
          leftSection={<Avatar size={28} radius="xl" name={me.name} color="green" aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          <bdi className={classes.name}>{me.name}</bdi>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={classes.who}>
          <Name>{me.name}</Name>
        </Menu.Label>
        {me.isMember && (
          <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} aria-hidden />}>
            Profile
          </Menu.Item>
        )}
        {me.home && (
          // A page load, which leaves the managed account.
          <Menu.Item component="a" href="/profile" leftSection={<IconUser size={16} aria-hidden />}>
            Profile in {me.home.name}
          </Menu.Item>
        )}
        <SchemeItem />
        {(me.isMember || me.home) && (
          <>
            <Menu.Divider />
            <SignOutItem />
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeItem() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  return (
    <Menu.Item
      leftSection={isDark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? 'Light colours' : 'Dark colours'}
    </Menu.Item>
  );
}

function SignOutItem() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate({ to: '/sign-in' });
      forgetReads(queries);
    },
    onError: notifyError,
  });
  return (
    <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
      Sign out
    </Menu.Item>
  );
}
