import type { OutputOf } from '@keywright/contract';
import { whyNotAnotherKey } from '@keywright/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/read.ts';
import { useMe, whyNotChangeKeys } from '../me.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { CreateKey, type Owner } from './create-key.tsx';

interface CreateButtonProps {
  owner: Owner | undefined;
  onCreated: (created: OutputOf<'createAccessKey'>) => void;
}

/** The green button. It is disabled with the reason when the role or the key policy forbids another key. */
export function CreateButton({ owner, onCreated }: CreateButtonProps) {
  const [open, setOpen] = useState(false);
  const me = useMe();
  const policy = useQuery(read('getKeyPolicy', {})).data;
  const owned = useOwnedKeys(owner?.id);
  const limit = policy && owned !== undefined ? whyNotAnotherKey(policy, owned) : undefined;
  const reason = whyNotChangeKeys(me, owner?.id ?? me.member) ?? limit;
  return (
    <>
      <ReasonButton
        reason={reason}
        color="green"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Create access key
      </ReasonButton>
      {open && policy && (
        <CreateKey
          owner={owner}
          policy={policy}
          onClose={() => setOpen(false)}
          onCreated={created => {
            setOpen(false);
            onCreated(created);
          }}
        />
      )}
    </>
  );
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
