import type { OutputOf, Project } from '@keywright/contract';
import { whyNotAnotherKey, whyNotCreate } from '@keywright/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { useMe, whyNotChangeKeys } from '../me.ts';
import { sentence } from '../parts/error-alert.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { CreateKey, type Owner } from './create-key.tsx';
import type { KeyValues } from './key-values.ts';

interface CreateButtonProps {
  owner: Owner | undefined;
  project?: Project | undefined;
  verb?: string | undefined;
  /** What the form begins with. */
  preset?: Partial<KeyValues> | undefined;
  onCreated: (created: OutputOf<'createAccessKey'>) => void;
}

export function CreateButton(props: CreateButtonProps) {
  const { button, dialog } = useCreateKey(props);
  return (
    <>
      {button}
      {dialog}
    </>
  );
}

/**
 * The green button, disabled with the reason when the role or the key policy forbids another key, and its dialog: where the button may move
 * while the dialog is open, they stand apart, so that nobody loses what they have typed.
 */
export function useCreateKey({ owner, project, verb = 'Create access key', preset, onCreated }: CreateButtonProps) {
  const [open, setOpen] = useState(false);
  const me = useMe();
  const { data: policy, error } = useQuery(read('getKeyPolicy', { project: project?.id }));
  const account = useQuery(read('getKeyPolicy', {})).data;
  const owned = useOwnedKeys(owner?.id);
  // These are all keys of the owner. How many they have in the project, the server counts.
  const limit = account && owned !== undefined ? whyNotAnotherKey(account, owned) : undefined;
  const forbidden = policy ? whyNotCreate(policy, me.role) : error ? sentence(error) : 'One moment…';
  const archived = project?.state === 'archived' ? 'The project is archived. Unarchive it first.' : undefined;
  const reason = whyNotChangeKeys(me, owner?.id ?? me.member) ?? archived ?? forbidden ?? limit;
  const button = (
    <ReasonButton
      reason={reason}
      color="green"
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setOpen(true)}
    >
      {verb}
    </ReasonButton>
  );
  const dialog = open && policy && (
    <CreateKey
      owner={owner}
      project={project}
      preset={preset}
      policy={policy}
      onClose={() => setOpen(false)}
      onCreated={created => {
        setOpen(false);
        onCreated(created);
      }}
    />
  );
  return { button, dialog };
}

/** How many keys the owner has, once that is known. */
function useOwnedKeys(owner: string | undefined): number | undefined {
  const isMember = owner?.startsWith('mem_') ?? false;
  const member = useQuery({ ...read('getMember', { member: owner ?? '' }), enabled: isMember });
  const service = useQuery({
    ...read('getServiceAccount', { serviceAccount: owner ?? '' }),
    enabled: owner !== undefined && !isMember,
  });
  return (isMember ? member : service).data?.keys;
}
