import { nameAmong } from '@keywright/contract';
import { Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState } from 'react';
import { useFollowers } from '../verifiers/followers.ts';
import classes from './waiting.module.css';

/** Most receipts are there sooner, and what flickers is no help. */
const LATE_MS = 400;

/** Whether a change has waited for its receipt for so long that one should say so. */
export function useIsLate(busy: boolean): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setIsLate(true), LATE_MS);
    return () => {
      clearTimeout(timer);
      setIsLate(false);
    };
  }, [busy]);
  return isLate;
}

/** Whether rows stay in their list when their state changes: not in one of a single state. */
export const RowsStay = createContext(true);

interface WaitingProps {
  isLate: boolean;
  /** Whether what is changed stays on the page; this goes with it otherwise. */
  stays: boolean;
}

/** Who has not heard of every change yet. Stands in a Stack. */
export function Waiting({ isLate, stays }: WaitingProps) {
  const rowsStay = useContext(RowsStay);
  return (
    <div role="status" className={classes.waiting}>
      {isLate && <Missing stays={stays && rowsStay} />}
    </div>
  );
}

function Missing({ stays }: { stays: boolean }) {
  const queries = useQueryClient();
  const { data } = useFollowers();
  const sequence = data?.sequence;
  // Only the receipt is late: what was changed is shown meanwhile as the server has it.
  useEffect(() => {
    if (stays && sequence !== undefined) void queries.invalidateQueries();
  }, [queries, stays, sequence]);
  // Who closes the dialog before the receipt is there sees what was changed.
  useEffect(() => () => void queries.invalidateQueries(), [queries]);
  const all = data?.items ?? [];
  const missing = all.filter(({ sequence }) => sequence < (data?.sequence ?? 0));
  const heard = `${all.length - missing.length} of ${all.length} nodes and verifiers have heard of it`;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {missing.length > 0
          ? `${heard}. Waiting for ${missing.map(nameAmong(all)).join(', ')}…`
          : 'Waiting until all nodes and verifiers have heard of it…'}
      </Text>
      <Text size="sm" c="dimmed">
        The change itself does not wait. Should you close this, a message tells how it ended.
      </Text>
    </Stack>
  );
}
