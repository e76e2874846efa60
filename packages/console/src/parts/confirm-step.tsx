import type { InputOf, OperationName } from '@keywright/contract';
import type { ReactNode } from 'react';
import { useChange } from '../api/change.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { notify } from './notify.ts';

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
}

interface ConfirmStepProps<Name extends OperationName> {
  step: Step<Name>;
  input: InputOf<Name>;
  onDone?: (() => void) | undefined;
  onClose: () => void;
  /** What will happen, and what will stop working. */
  children: ReactNode;
}

/** Asks, then does one operation and says so. */
export function ConfirmStep<Name extends OperationName>({
  step,
  input,
  onDone,
  onClose,
  children,
}: ConfirmStepProps<Name>) {
  const change = useChange(step.operation, () => {
    notify(step.done);
    onClose();
    onDone?.();
  });
  return (
    <ConfirmDialog
      title={step.title}
      verb={step.verb}
      danger={step.danger}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate(input)}
      onClose={onClose}
    >
      {children}
    </ConfirmDialog>
  );
}
