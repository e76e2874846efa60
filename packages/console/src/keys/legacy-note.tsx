import type { AccessKey, OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { Alert, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { textOf } from '../format.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import { CreateKey } from './create-key.tsx';
import { NewKey } from './new-key.tsx';
import { useWhyNot } from './why-not.ts';

/** What a legacy key is, and the way to a restricted one in its place. */
export function LegacyNote({ accessKey }: { accessKey: AccessKey }) {
  const [open, setOpen] = useState(false);
  const whyNot = useWhyNot(accessKey).change;
  const created = useShownOnce<OutputOf<'createAccessKey'>>();
  const policy = useQuery(read('getKeyPolicy', { project: accessKey.project ?? undefined })).data;
  const project = useQuery({
    ...read('getProject', { project: accessKey.project ?? '' }),
    enabled: accessKey.project !== null,
  });
  const { owner, name, permission } = accessKey;
  const preset = {
    name: name ? `${name} (restricted)`.slice(0, limits.nameCharsMax) : '',
    permission: 'restricted',
  } as const;
  const isReady = policy !== undefined && (accessKey.project === null || project.data !== undefined);
  return (
    <Alert color="yellow" icon={<IconHistory aria-hidden />} title="A legacy key">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          It comes from a system without permissions, and may do everything that {textOf(permission)} allows. Make a key
          that reaches only what is needed, move what uses this one over, then delete this one.
        </Text>
        <ReasonButton size="xs" reason={whyNot ?? (isReady ? undefined : 'One moment…')} onClick={() => setOpen(true)}>
          Make a restricted key instead
        </ReasonButton>
      </Stack>
      {open && policy && (
        <CreateKey
          owner={owner}
          project={project.data}
          preset={preset}
          policy={policy}
          onClose={() => setOpen(false)}
          onCreated={answer => {
            setOpen(false);
            created.show(answer);
          }}
        />
      )}
      {created.shown && <NewKey created={created.shown} onClose={created.putAway} />}
    </Alert>
  );
}
