import { ApiError } from '@keywright/contract';
import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

/** What went wrong, in the server's words; the request id finds it in the server's log. */
export function ErrorAlert({ error }: { error: Error | null }) {
  if (error === null) return null;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} role="alert" ref={bringIntoView}>
      {sentence(error)}
      {requestId && (
        <Text size="xs" mt={4} ff="monospace">
          Request {requestId}
        </Text>
      )}
    </Alert>
  );
}

/** The end of a long form may lie outside the window. */
function bringIntoView(alert: HTMLElement | null): void {
  alert?.scrollIntoView({ block: 'nearest' });
}

/** A failed fetch speaks differently in each browser, and of no help in any. */
export function sentence(error: Error): string {
  return error instanceof TypeError ? 'The server can not be reached. Is it running?' : error.message;
}
