import type { Receipt } from '@keywright/contract';
import { Alert, Button, Collapse, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconChevronDown, IconChevronRight, IconShieldCheck } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { Name } from '../parts/name.tsx';
import { msText, useFollowers } from '../verifiers/followers.ts';
import { type Effect, namesIn, receiptLine, untilText, WHO_ELSE } from './receipt-text.ts';

/** A change that was done, and who knows of it. */
export interface Receipted {
  /** That of the dialog in which it was asked for. */
  title: string;
  done: string;
  effect: Effect;
  receipt: Receipt;
}

export function ReceiptDialog({ title, done, effect, receipt, onClose }: Receipted & { onClose: () => void }) {
  return (
    <Dialog title={title} size="md" onClose={onClose}>
      <Stack gap="md">
        {receipt.complete ? (
          <Alert
            color="green"
            icon={<IconShieldCheck aria-hidden />}
            title={receiptLine(effect, receipt)}
            role="status"
          >
            {done}
          </Alert>
        ) : (
          <Incomplete done={done} effect={effect} receipt={receipt} />
        )}
        <Acknowledged receipt={receipt} />
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Names who is missing, for as long as it is. */
function Incomplete({ done, effect, receipt }: Omit<Receipted, 'title'>) {
  const { data } = useFollowers();
  const now = (id: string) => data?.items.find(follower => follower.id === id);
  const nameOf = namesIn(receipt);
  // Who is forgotten has left, or was silent for so long that it refuses everything.
  const missing = receipt.missing.filter(
    ({ id }) => data === undefined || (now(id)?.sequence ?? Infinity) < receipt.sequence,
  );
  if (missing.length === 0 && receipt.missing.length > 0) {
    return (
      <Alert color="green" icon={<IconShieldCheck aria-hidden />} title={`${effect} everywhere by now`} role="status">
        {done} {receipt.missing.map(nameOf).join(', ')} took longer than {msText(receipt.ms)}.
      </Alert>
    );
  }
  return (
    <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title={receiptLine(effect, receipt)} role="status">
      <Stack gap="xs">
        <Text size="sm">{done}</Text>
        {receipt.missing.length === 0 && <Text size="sm">{WHO_ELSE}</Text>}
        {missing.map(one => (
          <Text size="sm" key={one.id}>
            <b>
              <Name>{nameOf(one)}</Name>
            </b>{' '}
            {data && untilText(one, now(one.id))}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

function Acknowledged({ receipt }: { receipt: Receipt }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { acknowledged } = receipt;
  const nameOf = namesIn(receipt);
  if (acknowledged.length === 0) return null;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        px={4}
        leftSection={open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        Who acknowledged
      </Button>
      <Collapse expanded={open} id={id} transitionDuration={0} keepMountedMode="display-none">
        <List size="sm" pt="xs">
          {acknowledged
            .toSorted((a, b) => a.ms - b.ms)
            .map(one => (
              <List.Item key={one.id}>
                <Name>{nameOf(one)}</Name> ({one.kind}) after {msText(one.ms)}
                {one.lapsed && ': it was silent for so long that it refuses everything'}
              </List.Item>
            ))}
        </List>
      </Collapse>
    </div>
  );
}
