import { Anchor, Button, Group } from '@mantine/core';
import { type ErrorComponentProps, type NotFoundRouteProps, useRouter } from '@tanstack/react-router';
import { EntryCard } from '../parts/entry-card.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';

/** What stands in place of a page that could not be shown. */
export function FailedPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <EntryCard title="This did not work">
      <ErrorAlert error={error instanceof Error ? error : new Error(String(error))} />
      <Group>
        <Button onClick={again}>Try again</Button>
      </Group>
    </EntryCard>
  );
}

/** `data` says what is missing when it is not the page itself. */
export function MissingPage({ data }: NotFoundRouteProps) {
  return (
    <EntryCard title="Not found" about={typeof data === 'string' ? data : 'There is no page at this address.'}>
      {/* A page load, so that an account that the address names in vain is left. */}
      <Anchor href="/">To the start</Anchor>
    </EntryCard>
  );
}
