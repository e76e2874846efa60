import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';
import classes from './entry-card.module.css';

interface EntryCardProps {
  title: string;
  about?: ReactNode;
  children?: ReactNode;
}

/** The frame of the pages before one is signed in. */
export function EntryCard({ title, about, children }: EntryCardProps) {
  return (
    <div className={classes.page}>
      <title>{`${title} · Keywright`}</title>
      <header>
        <Brand />
      </header>
      <Paper component="main" className={classes.card} p="xl" radius="lg" withBorder>
        <Stack gap="md">
          <div>
            <Title order={1} size="h3">
              {title}
            </Title>
            {about && (
              <Text c="dimmed" size="sm" mt={4} component="div">
                {about}
              </Text>
            )}
          </div>
          {children}
        </Stack>
      </Paper>
    </div>
  );
}
