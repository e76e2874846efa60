import type { OutputOf } from '@keywright/contract';
import { Alert, Stack, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { counted } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { ReasonButton } from '../parts/reason.tsx';

/** *Check the chain*: the server computes every hash of the log again. */
export function CheckButton() {
  const [open, setOpen] = useState(false);
  const reason = whyNotAdministrate(useMe(), 'events:check');
  return (
    <>
      <ReasonButton
        variant="default"
        reason={reason}
        leftSection={<IconShieldCheck size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Check the chain
      </ReasonButton>
      {open && <CheckDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function CheckDialog({ onClose }: { onClose: () => void }) {
  // Asked anew each time: an old answer would say nothing about now.
  const { data, error, isFetching } = useQuery({ ...read('checkEvents', {}), staleTime: 0, gcTime: 0 });
  return (
    <Dialog title="Check the chain" size="md" onClose={onClose}>
      <Stack gap="md">
        <Text size="sm">
          Every event holds a hash over itself and the event before, so that none can be changed or left out unseen.
        </Text>
        {isFetching && <Loading lines={1} />}
        {!isFetching && <ErrorAlert error={error} />}
        {!isFetching && data && <Result check={data} />}
      </Stack>
    </Dialog>
  );
}

function Result({ check }: { check: OutputOf<'checkEvents'> }) {
  return check.intact ? (
    <Alert color="green" icon={<IconShieldCheck aria-hidden />} title="The chain is intact" role="status">
      {counted(check.events, 'event')} checked.
    </Alert>
  ) : (
    <Alert color="red" icon={<IconShieldX aria-hidden />} title="The chain is broken" role="alert">
      Event {check.brokenAt} does not fit to the one before. Somebody changed the log in the database.
    </Alert>
  );
}
