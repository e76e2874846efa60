import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './section.module.css';

interface SectionProps {
  title: ReactNode;
  about?: ReactNode;
  /** 3 inside a panel, whose title is a heading of level 2 itself. */
  order?: 2 | 3;
  menu?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page or panel. */
export function Section({ title, about, order = 2, menu, children }: SectionProps) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} withBorder p="lg" className={classes.section}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={order} size="h5" id={id}>
              {title}
            </Title>
            {about && (
              <Text c="dimmed" size="sm">
                {about}
              </Text>
            )}
          </div>
          {menu}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
