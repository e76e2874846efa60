import type { OutputOf } from '@keywright/contract';
import { limits, ROLES } from '@keywright/core';
import { NativeSelect, Text, TextInput } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useOperationForm } from '../api/change.ts';
import { choicesOf, exactTime } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Name } from '../parts/name.tsx';
import { ReasonButton } from '../parts/reason.tsx';
import { CopyRow, ShownOnce } from '../parts/shown-once.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import { ROLE_ABOUT } from './role-about.ts';

type Invited = OutputOf<'inviteMember'>;

/** Invites a person, and shows the link to hand over. */
export function InviteButton() {
  const [open, setOpen] = useState(false);
  const invited = useShownOnce<Invited>();
  const reason = whyNotAdministrate(useMe());
  return (
    <>
      <ReasonButton reason={reason} leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Invite
      </ReasonButton>
      {open && (
        <InviteDialog
          onClose={() => setOpen(false)}
          onInvited={answer => {
            setOpen(false);
            invited.show(answer);
          }}
        />
      )}
      {invited.shown && <InvitationLink invited={invited.shown} onClose={invited.putAway} />}
    </>
  );
}

function InviteDialog({ onInvited, onClose }: { onInvited: (invited: Invited) => void; onClose: () => void }) {
  const mayMakeOwners = whyNotAdministrate(useMe(), 'owners:change') === undefined;
  const { form, ...state } = useOperationForm({
    operation: 'inviteMember',
    initialValues: { name: '', email: '', role: 'member' as (typeof ROLES)[number] }, // the select offers all of them
    toInput: values => values,
    onDone: onInvited,
  });
  return (
    <FormDialog title="Invite a person" verb="Invite" {...state} onClose={onClose}>
      <TextInput label="Name" required maxLength={limits.nameCharsMax} data-autofocus {...form.getInputProps('name')} />
      <TextInput type="email" label="E-mail" required {...form.getInputProps('email')} />
      <NativeSelect
        label="Role"
        description={ROLE_ABOUT[form.values.role]}
        data={choicesOf(ROLES.filter(role => role !== 'owner' || mayMakeOwners))}
        {...form.getInputProps('role')}
      />
    </FormDialog>
  );
}

function InvitationLink({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  return (
    <ShownOnce
      title="Invitation link"
      warning="The link is shown this one time, and whoever opens it first joins. Send it to the person yourself."
      verb="I have copied the link"
      onClose={onClose}
    >
      <Text size="sm">
        With this link <Name>{invited.name}</Name> joins the account. It works once, until{' '}
        {exactTime(invited.invitationExpiresAt)}.
      </Text>
      <CopyRow label="Invitation link" text={invited.invitation} />
    </ShownOnce>
  );
}
