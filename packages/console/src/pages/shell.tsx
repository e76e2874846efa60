import { ActionIcon, Box, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMenu2, IconX } from '@tabler/icons-react';
import { Outlet, useLocation, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { AccountSwitcher } from '../accounts/account-switcher.tsx';
import { ActingBand } from '../accounts/acting-band.tsx';
import { OpenAccessBand } from '../accounts/open-access-band.tsx';
import { KeyPanel } from '../keys/key-panel.tsx';
import { Brand } from '../parts/brand.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { Receipts } from '../receipts/receipts.tsx';
import { PersonMenu } from './person-menu.tsx';
import classes from './shell.module.css';
import { ShellNav } from './shell-nav.tsx';

/** What surrounds every page of a signed-in person. */
export function Shell() {
  const [navOpen, nav] = useDisclosure(false);
  const { pathname } = useLocation();
  const { key } = useSearch({ from: '/app' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of page closes the navigation
  useEffect(nav.close, [pathname]);
  return (
    <Receipts>
      <div className={classes.shell}>
        <a href="#content" className={classes.skip}>
          Skip to the content
        </a>
        <header className={classes.header}>
          <Group gap="sm" wrap="nowrap">
            <ActionIcon
              className={classes.burger}
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Navigation"
              aria-expanded={navOpen}
              aria-controls="navigation"
              onClick={nav.toggle}
            >
              {navOpen ? <IconX aria-hidden /> : <IconMenu2 aria-hidden />}
            </ActionIcon>
            <TextLink to="/" underline="never" c="inherit" aria-label="Keywright, to the start">
              <Brand />
            </TextLink>
          </Group>
          <Group gap="xs" wrap="nowrap" miw={0}>
            <AccountSwitcher />
            <PersonMenu />
          </Group>
        </header>
        <nav id="navigation" className={classes.nav} data-open={navOpen} aria-label="Main">
          <ShellNav />
        </nav>
        <Box component="main" id="content" tabIndex={-1} className={classes.main}>
          <div className={classes.bands}>
            <OpenAccessBand />
            <ActingBand />
          </div>
          <div className={classes.page}>
            <Outlet />
          </div>
          <div id="floating" />
        </Box>
        {key && <KeyPanel key={key} id={key} />}
      </div>
    </Receipts>
  );
}
