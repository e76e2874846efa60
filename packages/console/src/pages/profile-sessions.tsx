import type { OutputOf } from '@keywright/contract';
import { Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useChange } from '../api/change.ts';
import { call } from '../api/client.ts';
import { forgetReads } from '../api/query-client.ts';
import { read } from '../api/read.ts';
import { Ago } from '../parts/ago.tsx';
import { BusyButton } from '../parts/busy-button.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { deviceText } from '../parts/device-text.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { notify, notifyError } from '../parts/notify.ts';
import { Loading } from '../parts/paged-table.tsx';
import { ReadMenu } from '../parts/row-menu.tsx';

type Session = OutputOf<'listSessions'>['items'][number];

const COLUMNS: readonly Column<Session>[] = [
  { header: 'Device', kind: 'main', cell: session => <Device session={session} /> },
  { header: 'Address', cell: session => session.address ?? 'Unknown' },
  { header: 'Last seen', cell: session => <Ago time={session.lastSeenAt} /> },
  { header: 'Signed in', cell: session => <Ago time={session.createdAt} /> },
  { header: 'Ends', cell: session => <Ago time={session.expiresAt} /> },
  { header: 'Actions', kind: 'menu', cell: session => <SignOutButton session={session} /> },
];

export function ProfileSessions() {
  const { data, error } = useQuery(read('listSessions', {}));
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          Where you are signed in. Sign out what you do not know, and change your password then.
        </Text>
        <Group gap="xs" wrap="nowrap">
          <SignOutEverywhere />
          <ReadMenu of="your sessions" operation="listSessions" input={{}} />
        </Group>
      </Group>
      {data === undefined && error === null && <Loading />}
      <ErrorAlert error={error} />
      {data && <DataTable label="Sessions" columns={COLUMNS} items={data.items} keyOf={session => session.id} />}
    </Stack>
  );
}

function Device({ session }: { session: Session }) {
  return (
    <Stack gap={4} align="flex-start">
      {session.userAgent ? <UserAgent text={session.userAgent} /> : <Text size="sm">Unknown device</Text>}
      {session.current && (
        <Badge variant="light" tt="none" radius="sm">
          This session
        </Badge>
      )}
    </Stack>
  );
}

/** Browser and system, and in the tooltip what the browser itself says. */
function UserAgent({ text }: { text: string }) {
  const words = deviceText(text);
  return (
    <Tooltip label={text} disabled={words === text}>
      <Text size="sm" maw={420} aria-description={words === text ? undefined : text}>
        <Name>{words}</Name>
      </Text>
    </Tooltip>
  );
}

/** What follows when the person ended the session that they look at. */
function useLeave() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return () => void navigate({ to: '/sign-in' }).then(() => forgetReads(queries));
}

function SignOutButton({ session }: { session: Session }) {
  const leave = useLeave();
  const change = useChange('revokeSession', () => {
    if (session.current) leave();
    else notify('The session was signed out.');
  });
  return (
    <BusyButton
      size="xs"
      busy={change.isPending}
      onClick={() => change.mutate({ session: session.id }, { onError: notifyError })}
    >
      Sign out
    </BusyButton>
  );
}

function SignOutEverywhere() {
  const [asking, setAsking] = useState(false);
  const leave = useLeave();
  // No read is repeated after this one: there is nobody any more who could read.
  const change = useMutation({ mutationFn: () => call('revokeSessions', {}), onSuccess: leave });
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Sign out everywhere
      </Button>
      {asking && (
        <ConfirmDialog
          title="Sign out everywhere"
          verb="Sign out everywhere"
          danger
          busy={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate()}
          onClose={() => setAsking(false)}
        >
          <Text size="sm">All your sessions end, this one included. Your access keys go on working.</Text>
        </ConfirmDialog>
      )}
    </>
  );
}
