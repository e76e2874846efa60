import { ENDPOINT_METHODS, type Endpoint } from '@keywright/contract';
import { limits } from '@keywright/core';
import { NativeSelect, Stack, TextInput } from '@mantine/core';
import { type Form, useOperationForm } from '../api/change.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { notify } from '../parts/notify.ts';
import { receiptOf, useTelling } from '../receipts/receipts.tsx';
import { useIsLate, Waiting } from '../receipts/waiting.tsx';
import type { ApiDetail } from './api-detail.ts';

/** Whether an endpoint reads: as its method says, or as somebody decided. */
type Effect = 'method' | 'reads' | 'writes';

interface EndpointValues {
  method: (typeof ENDPOINT_METHODS)[number];
  path: string;
  reads: Effect;
  summary: string;
  tag: string;
}

const READS: Record<Effect, boolean | undefined> = { method: undefined, reads: true, writes: false };

interface CreateEndpointProps {
  api: ApiDetail;
  onClose: () => void;
}

export function CreateEndpoint({ api, onClose }: CreateEndpointProps) {
  const initialValues: EndpointValues = { method: 'GET', path: '', reads: 'method', summary: '', tag: '' };
  const { form, busy, error, submit } = useOperationForm({
    operation: 'createEndpoint',
    initialValues,
    toInput: values => ({ ...values, api: api.id, reads: READS[values.reads] }),
    onDone: () => {
      notify('The endpoint was added. No restricted key has it yet.');
      onClose();
    },
  });
  return (
    <Dialog title="Add endpoint" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <NativeSelect label="Method" data={ENDPOINT_METHODS} data-autofocus {...form.getInputProps('method')} />
          <TextInput
            label="Path"
            description="With parameters in braces."
            placeholder="/orders/{order}"
            required
            maxLength={limits.templateCharsMax}
            {...form.getInputProps('path')}
          />
          <AboutFields form={form} isNew />
          <ErrorAlert error={error} />
          <FormEnd verb="Add endpoint" busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}

export function EditEndpoint({ api, endpoint, onClose }: CreateEndpointProps & { endpoint: Endpoint }) {
  const initialValues: Omit<EndpointValues, 'method' | 'path'> = {
    reads: endpoint.reads ? 'reads' : 'writes',
    summary: endpoint.summary ?? '',
    tag: endpoint.tag ?? '',
  };
  const title = `Edit ${endpoint.method} ${endpoint.path}`;
  const { tellDone, tellError } = useTelling({ title, done: 'The endpoint was changed.', effect: 'In force' });
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateEndpoint',
    initialValues,
    toInput: values => ({
      ...values,
      api: api.id,
      endpoint: endpoint.id,
      reads: READS[values.reads],
      // Of other fields nobody needs to hear.
      ...(values.reads !== initialValues.reads && { wait: 'all' }),
    }),
    onAnswer: output => tellDone(receiptOf(output)),
    onFailure: tellError,
    onDone: onClose,
  });
  const isLate = useIsLate(busy);
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <AboutFields form={form} isNew={false} />
          <ErrorAlert error={error} />
          <Waiting isLate={isLate} stays />
          <FormEnd verb="Save" no={isLate ? 'Close' : 'Cancel'} busy={busy} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}

type AboutValues = Omit<EndpointValues, 'method' | 'path'>;

function AboutFields({ form, isNew }: { form: Pick<Form<AboutValues>, 'getInputProps'>; isNew: boolean }) {
  const byMethod = { value: 'method', label: 'As the method says: GET, HEAD and OPTIONS read' };
  return (
    <>
      <NativeSelect
        label="Effect"
        description="Keys that may only read can call what reads, such as a search that is sent with POST."
        data={[...(isNew ? [byMethod] : []), { value: 'reads', label: 'Reads' }, { value: 'writes', label: 'Writes' }]}
        {...form.getInputProps('reads')}
      />
      <TextInput
        label="Summary"
        description="What it does, in one line."
        maxLength={limits.endpointSummaryCharsMax}
        {...form.getInputProps('summary')}
      />
      <TextInput
        label="Group"
        description="Endpoints of a group can be chosen for a key at once."
        maxLength={limits.endpointTagCharsMax}
        {...form.getInputProps('tag')}
      />
    </>
  );
}
