import type { AccessKey } from '@keywright/contract';
import { Alert, Tooltip } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { exactTime, relativeTime } from '../format.ts';
import { Mark } from '../parts/badges.tsx';
import { useKeyEvents } from './key-events.tsx';

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

/** A notice in the panel of the key, or what came of it. */
export function NoticeAlert({ accessKey }: { accessKey: AccessKey }) {
  const { notice, state } = accessKey;
  if (notice === null) return state === 'inactive' && <DeactivatedAlert id={accessKey.key} />;
  return (
    <Alert color="yellow" icon={<IconClockExclamation aria-hidden />} title={TITLES[notice.kind]}>
      {noticeText(notice)}
    </Alert>
  );
}

/** That the key policy has switched the key off, as its last change of state says. */
function DeactivatedAlert({ id }: { id: string }) {
  const last = useKeyEvents(id).data?.items.find(({ details }) => 'enabled' in details);
  const unusedSince = last?.details.reason === 'idle' ? last.details.unusedSince : undefined;
  if (last === undefined || typeof unusedSince !== 'string') return null;
  return (
    <Alert color="yellow" icon={<IconClockExclamation aria-hidden />} title="Deactivated as unused">
      Nobody had used it since {exactTime(unusedSince)}: it was deactivated {momentText(last.at)}, as the key policy
      says. Activate it if something still needs it.
    </Alert>
  );
}

const momentText = (iso: string) => `${relativeTime(iso)} (${exactTime(iso)})`;

const TITLES: Record<Notice['kind'], string> = { idle: 'Unused for long', expiring: 'Expires soon' };

function noticeText({ kind, deactivatesAt, expiresAt }: Notice): string {
  const at = kind === 'idle' ? deactivatesAt : expiresAt;
  const when = at === null ? 'soon' : momentText(at);
  return kind === 'idle'
    ? `Nobody uses it: it is deactivated ${when}, as the key policy says. Any use before then keeps it active.`
    : `It stops working ${when}. Extend it, or create another key and move what uses it over.`;
}
