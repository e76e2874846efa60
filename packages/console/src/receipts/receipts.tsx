import type { Receipt } from '@keywright/contract';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { notify, notifyError, notifyWarning } from '../parts/notify.ts';
import { ReceiptDialog, type Receipted } from './receipt-dialog.tsx';
import { receiptSentence } from './receipt-text.ts';

const Show = createContext<(receipted: Receipted) => void>(() => undefined);

/** Where receipts are shown: above all that they may outlive, such as the row of a key that was deleted. */
export function Receipts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Receipted>();
  return (
    <Show value={setShown}>
      {children}
      {shown && <ReceiptDialog {...shown} onClose={() => setShown(undefined)} />}
    </Show>
  );
}

/**
 * Tells how a change ended: who still looks sees the receipt in a dialog where there is something to see, everybody else reads one
 * sentence. It also tells after the dialog that asked is closed.
 */
export function useTelling(about: Omit<Receipted, 'receipt'>) {
  const show = useContext(Show);
  const isOpen = useRef(false);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);
  const tellDone = (receipt: Receipt | undefined) => {
    if (receipt === undefined) return notify(about.done);
    const hasVerifiers = receipt.acknowledged.some(({ kind }) => kind === 'verifier');
    if (isOpen.current && (hasVerifiers || !receipt.complete)) return show({ ...about, receipt });
    const say = receipt.complete ? notify : notifyWarning;
    say(`${about.done} ${receiptSentence(about.effect, receipt)}`);
  };
  /** What no dialog shows any more. */
  const tellError = (error: Error) => {
    if (!isOpen.current) notifyError(error);
  };
  return { isOpen, tellDone, tellError };
}

/** What a change answers that waited for its receipt; the others have none. */
export const receiptOf = (output: unknown) => (output as { receipt?: Receipt }).receipt; // every output is an object
