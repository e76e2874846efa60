import type { AccessKey } from '@keywright/contract';
import { Alert, Tooltip } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { exactTime, relativeTime } from '../format.ts';
import { Mark } from '../parts/badges.tsx';

type Notice = NonNullable<AccessKey['notice']>;

/** A notice in a list: one word, and the rest on demand. */
export function NoticeMark({ notice }: { notice: AccessKey['notice'] }) {
  if (notice === null) return null;
  return (
    <Tooltip label={noticeText(notice)}>
      <span>
        <Mark value={notice.kind} />
      </span>
    </Tooltip>
  );
}

/** A notice in the panel of the key. */
export function NoticeAlert({ notice }: { notice: AccessKey['notice'] }) {
  if (notice === null) return null;
  return (
    <Alert color="yellow" icon={<IconClockExclamation aria-hidden />} title={TITLES[notice.kind]}>
      {noticeText(notice)}
    </Alert>
  );
}

const TITLES: Record<Notice['kind'], string> = { idle: 'Unused for long', expiring: 'Expires soon' };

function noticeText({ kind, deactivatesAt, expiresAt }: Notice): string {
  const at = kind === 'idle' ? deactivatesAt : expiresAt;
  const when = at === null ? 'soon' : `${relativeTime(at)} (${exactTime(at)})`;
  return kind === 'idle'
    ? `Nobody uses it: it is deactivated ${when}, as the key policy says. Any use before then keeps it active.`
    : `It stops working ${when}. Extend it, or create another key and move what uses it over.`;
}
