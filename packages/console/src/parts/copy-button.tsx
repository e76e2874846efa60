import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from './copy.ts';

const SHOWN_MS = 2000;

function useCopied(text: string) {
  const [answer, setAnswer] = useState<'Copied' | 'Copying failed'>();
  useEffect(() => {
    if (answer === undefined) return;
    const timer = setTimeout(() => setAnswer(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [answer]);
  const copy = async () => setAnswer((await copyText(text)) ? 'Copied' : 'Copying failed');
  return { answer, copy };
}

/** A small button that copies; `what` says what, such as `Copy key KW…`. */
export function CopyIcon({ text, what }: { text: string; what: string }) {
  const { answer, copy } = useCopied(text);
  return (
    <Tooltip label={answer ?? 'Copy'}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={answer ?? what} onClick={copy}>
        {answer === 'Copied' ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A button that copies, with its words. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const { answer, copy } = useCopied(text);
  const icon = answer === 'Copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  return (
    <Button variant="default" size="xs" leftSection={icon} onClick={copy} aria-label={answer ?? what} miw={100}>
      {answer ?? 'Copy'}
    </Button>
  );
}
