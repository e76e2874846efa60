import type { Api } from '@keywright/contract';
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { dayOf } from '../format.ts';
import { useMe, whyNotAdministrate } from '../me.ts';
import { quoted } from '../parts/curl.ts';
import { Facts } from '../parts/facts.tsx';
import { NameFields } from '../parts/name-fields.tsx';
import { notify } from '../parts/notify.ts';
import { ReferenceLinks } from '../parts/reference-links.tsx';
import { SaveForm } from '../parts/save-form.tsx';
import { Section } from '../parts/section.tsx';
import { CopyRow } from '../parts/shown-once.tsx';
import { ProjectName } from '../projects/project-name.tsx';
import { useApi } from './api-panel.tsx';
import { whyBuiltIn } from './why-not.ts';

/** Among so many endpoints the example looks for one that reads. */
const LOOKED_AT = 25;

export function ApiDetails() {
  const { data } = useApi();
  if (data === undefined) return null;
  const builtIn = whyBuiltIn(data);
  return (
    <Stack gap="lg">
      <Facts rows={factsOf(data)} />
      {builtIn ? (
        <Stack gap="xs">
          <Text size="sm">{builtIn}</Text>
          <ReferenceLinks />
        </Stack>
      ) : (
        <EditForm api={data} />
      )}
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
      <NameFields form={form} placeholder="Orders" disabled={reason !== undefined} />
    </SaveForm>
  );
}

/** How a gateway in front of the API asks whether a request may pass. */
function ForwardAuth({ api }: { api: Api }) {
  const { data } = useQuery(read('listEndpoints', { api: api.id, limit: LOOKED_AT }));
  if (data === undefined) return null;
  const asked = data.items.find(({ reads }) => reads) ?? data.items[0] ?? { method: 'GET', path: '/' };
  // Keys of a project pass at the endpoint of the project only.
  const place = api.project === null ? '' : `/projects/${api.project}`;
  const address = `${location.origin}/v1${place}/apis/${api.id}/auth`;
  const curl = [
    'curl -i -u "$KEYWRIGHT_KEY:$KEYWRIGHT_SECRET"',
    `-H ${quoted(`X-Forwarded-Method: ${asked.method}`)}`,
    `-H ${quoted(`X-Forwarded-Uri: ${asked.path.replace(/\{[^}]*\}/g, '1')}`)}`,
    quoted(address),
  ].join(' ');
  return (
    <Section
      order={3}
      title="In front of the API"
      about="Your gateway asks this address about each request, whose method and path it names in X-Forwarded-Method and X-Forwarded-Uri: 2xx lets it pass, 401 and 403 refuse it."
    >
      <CopyRow label="Forward-auth address" text={address} />
      <CopyRow label="Try it with curl" text={curl} />
    </Section>
  );
}
