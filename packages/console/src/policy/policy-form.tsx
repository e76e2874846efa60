import type { KeyPolicy } from '@keywright/core';
import { Group, Stack } from '@mantine/core';
import { useRef, useState } from 'react';
import { useChange, useOperationForm } from '../api/change.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { notify } from '../parts/notify.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { changedRules, type PolicyValues, valuesOf } from './policy-values.ts';
import { Presets } from './presets.tsx';
import { type Preview, PreviewDialog, touchingRules } from './preview-dialog.tsx';

interface PolicyFormProps {
  policy: KeyPolicy;
  /** Undefined for the rules of the account. */
  project: string | undefined;
}

/** The rules of an account or a project. A change that touches keys is shown before it is made. */
export function PolicyForm({ policy, project }: PolicyFormProps) {
  const reason = whyNotAdministrate(useMe());
  // What the fields began with: only what differs from that is sent.
  const [before, setBefore] = useState(policy);
  const [preview, setPreview] = useState<Preview>();
  const wantsPreview = useRef(false);
  const change = (values: PolicyValues) => changedRules(before, values, project);
  const save = useChange('updateKeyPolicy', saved => {
    setPreview(undefined);
    setBefore(saved);
    form.setValues(valuesOf(saved));
    notify('The key policy was changed.');
  });
  const { form, busy, error, submit } = useOperationForm({
    operation: 'previewKeyPolicy',
    initialValues: valuesOf(policy),
    toInput: change,
    onDone: (shown, values) => {
      if (wantsPreview.current || touchingRules(shown).length > 0) setPreview(shown);
      else save.mutate(change(values));
    },
  });
  const want = (shown: boolean) => {
    wantsPreview.current = shown;
  };
  const saveNow = () => save.mutate(change(form.values));
  return (
    <>
      <form onSubmit={submit} noValidate>
        <Stack gap="lg" maw={720}>
          {reason === undefined && <Presets policy={before} values={form.values} onChoose={form.setValues} />}
          <PolicyFields form={form} disabled={reason !== undefined} inProject={project !== undefined} />
          <ErrorAlert error={error ?? (preview ? null : save.error)} />
          <Group>
            <ReasonButton type="submit" reason={reason} loading={busy || save.isPending} onClick={() => want(false)}>
              Save
            </ReasonButton>
            <ReasonButton type="submit" variant="default" reason={reason} loading={busy} onClick={() => want(true)}>
              Preview
            </ReasonButton>
          </Group>
        </Stack>
      </form>
      {preview && (
        <PreviewDialog
          preview={preview}
          busy={save.isPending}
          error={save.error}
          onSave={saveNow}
          onClose={() => setPreview(undefined)}
        />
      )}
    </>
  );
}
