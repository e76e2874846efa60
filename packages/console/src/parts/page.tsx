import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  title: string;
  /** One sentence that says what the page is for. */
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

let isFirstPage = true;

/** The frame of every page of the shell. On a change of page the focus goes to its heading, as a page load would do. */
export function Page({ title, about, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <Stack gap="lg">
      <title>{`${title} · Keywright`}</title>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className="kw-grow">
          <Title order={1} size="h2" ref={heading} tabIndex={-1} className="kw-heading">
            {title}
          </Title>
          {about && (
            <Text c="dimmed" size="sm" mt={4} maw={640}>
              {about}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
