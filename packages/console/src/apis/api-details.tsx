import type { Api } from '@keywright/contract';
import { Stack, Text } from '@mantine/core';
import { useOperationForm } from '../api/change.ts';
import { dayOf } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { quoted } from '../parts/curl.ts';
import { Facts } from '../parts/facts.tsx';
import { notify } from '../parts/notify.ts';
import { SaveForm } from '../parts/save-form.tsx';
import { Section } from '../parts/section.tsx';
import { CopyRow } from '../parts/shown-once.tsx';
import { ProjectName } from '../projects/project-name.tsx';
import { ApiFields } from './api-fields.tsx';
import { useApi } from './api-panel.tsx';
import { whyBuiltIn } from './why-not.ts';

export function ApiDetails() {
  const { data } = useApi();
  if (data === undefined) return null;
  const builtIn = whyBuiltIn(data);
  return (
    <Stack gap="lg">
      <Facts rows={factsOf(data)} />
      {builtIn ? <Text size="sm">{builtIn}</Text> : <EditForm api={data} />}
      {!builtIn && <ForwardAuth api={data} />}
    </Stack>
  );
}

function factsOf(api: Api): (readonly [string, React.ReactNode])[] {
  const id = (
    <span key="id" className="kw-key">
      {api.id}
    </span>
  );
  const created = api.createdAt === null ? 'Built in' : dayOf(api.createdAt);
  const project =
    api.project === null ? 'None: keys without a project open it' : <ProjectName key="project" id={api.project} />;
  return [
    ['Id', id],
    ['Project', project],
    ['Endpoints', api.endpoints],
    ['Created', created],
  ];
}

function EditForm({ api }: { api: Api }) {
  const reason = whyNotAdministrate(useMe());
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateApi',
    initialValues: { name: api.name, description: api.description ?? '' },
    toInput: values => ({ ...values, api: api.id }),
    onDone: () => notify('The API was changed.'),
  });
  return (
    <SaveForm reason={reason} busy={busy} error={error} submit={submit}>
      <ApiFields form={form} disabled={reason !== undefined} />
    </SaveForm>
  );
}

/** How a gateway in front of the API asks whether a request may pass. */
function ForwardAuth({ api }: { api: Api }) {
  const address = `${location.origin}/v1/apis/${api.id}/auth`;
  const curl = [
    'curl -i -H "Authorization: Bearer $TOKEN"',
    `-H ${quoted('X-Forwarded-Method: GET')} -H ${quoted('X-Forwarded-Uri: /')}`,
    quoted(address),
  ].join(' ');
  return (
    <Section
      order={3}
      title="In front of the API"
      about="Your gateway asks this address about each request: 2xx lets it pass, 401 and 403 refuse it."
    >
      <CopyRow label="Forward-auth address" text={address} />
      <CopyRow label="Try it with curl" text={curl} />
    </Section>
  );
}
