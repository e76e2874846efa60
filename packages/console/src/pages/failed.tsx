import { Button, Group } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { EntryCard } from '../parts/entry-card.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { TextLink } from '../parts/text-link.tsx';

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

export function MissingPage() {
  return (
    <EntryCard title="Not found" about="There is no page at this address.">
      <TextLink to="/">To the start</TextLink>
    </EntryCard>
  );
}
