import type { InputOf, OperationName } from '@keywright/contract';
import type { ReactNode } from 'react';
import { useChange } from '../api/change.ts';
import type { Effect } from '../receipts/receipt-text.ts';
import { receiptOf, useTelling } from '../receipts/receipts.tsx';
import { useIsLate, Waiting } from '../receipts/waiting.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** A change of one object that asks first: the words for it. */
export interface Step<Name extends OperationName = OperationName> {
  operation: Name;
  title: string;
  /** The word on the button that does it. */
  verb: string;
  /** What is said once it is done. */
  done: string;
  /** Whether something stops working. */
  danger: boolean;
  /** What the change brings about everywhere; without it, it does not wait for a receipt. */
  everywhere?: Effect;
  /** What it changes stays on the page, where it is shown anew already while the receipt is on its way. */
  stays?: boolean;
}

interface ConfirmStepProps<Name extends OperationName> {
  step: Step<Name>;
  input: InputOf<Name>;
  onDone?: (() => void) | undefined;
  onClose: () => void;
  /** What will happen, and what will stop working. */
  children: ReactNode;
}

/** Asks, then does one operation and says so, with its receipt. Who closes it meanwhile is told by a message. */
export function ConfirmStep<Name extends OperationName>({
  step: { operation, title, verb, done, danger, everywhere, stays = false },
  input,
  onDone,
  onClose,
  children,
}: ConfirmStepProps<Name>) {
  const { isOpen, tellDone, tellError } = useTelling({ title, done, effect: everywhere ?? 'In force' });
  const change = useChange(
    operation,
    output => {
      tellDone(receiptOf(output));
      if (!isOpen.current) return;
      onClose();
      onDone?.();
    },
    tellError,
  );
  const isLate = useIsLate(change.isPending && everywhere !== undefined);
  const close = () => {
    onClose();
    // It is done already; only the receipt is on its way.
    if (isLate) onDone?.();
  };
  return (
    <ConfirmDialog
      title={title}
      verb={verb}
      danger={danger}
      busy={change.isPending}
      error={change.error}
      no={isLate ? 'Close' : 'Cancel'}
      onConfirm={() => change.mutate(everywhere === undefined ? input : { ...input, wait: 'all' })}
      onClose={close}
    >
      {children}
      {everywhere && <Waiting isLate={isLate} stays={stays} />}
    </ConfirmDialog>
  );
}
