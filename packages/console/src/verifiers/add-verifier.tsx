import { endpointOf, type OutputOf, operations } from '@keywright/contract';
import { BUILT_IN_API } from '@keywright/core';
import { Code, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { CreateButton } from '../keys/create-button.tsx';
import { NewKey } from '../keys/new-key.tsx';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { CopyRow } from '../parts/shown-once.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import { snippetFor } from './snippet.ts';

/** All that a verifier asks of the server, and nothing else. */
const PRESET = {
  name: 'verifier',
  permission: 'restricted',
  grants: {
    [BUILT_IN_API]: operations.filter(({ right }) => right === 'verifiers:use').map(entry => endpointOf(entry).id),
  },
} as const;

/** How to let an application decide about keys itself, in three steps. */
export function AddVerifier() {
  const created = useShownOnce<OutputOf<'createAccessKey'>>();
  const api = useOnlyApi();
  const reason = whyNotAdministrate(useMe());
  return (
    <>
      <List type="ordered" size="sm" spacing="md" styles={{ itemWrapper: { width: '100%' }, itemLabel: { flex: 1 } }}>
        <List.Item>
          Make one of the{' '}
          <TextLink to="/service-accounts" size="sm" underline="always">
            service accounts
          </TextLink>{' '}
          with the role Admin: a verifier sees the digests and facts of all keys that it decides about.
        </List.Item>
        <List.Item>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              Make an access key for it. The permission is prepared: it can do what a verifier does and nothing else.
            </Text>
            {reason === undefined ? (
              <CreateButton owner={undefined} preset={PRESET} onCreated={created.show} />
            ) : (
              <ReasonButton reason={reason}>Create access key</ReasonButton>
            )}
          </Stack>
        </List.Item>
        <List.Item>
          <Stack gap="xs">
            <Text size="sm">
              Decide in your application: <Code>npm install @keywright/verifier</Code>, the token of the access key in
              the environment as <Code>KEYWRIGHT_TOKEN</Code>, and, here in Express, these lines with the id of your API
              from{' '}
              <TextLink to="/apis" size="sm" underline="always">
                APIs
              </TextLink>
              :
            </Text>
            <CopyRow label="Lines of code" text={snippetFor(location.origin, api)} />
          </Stack>
        </List.Item>
      </List>
      {created.shown && <NewKey created={created.shown} onClose={created.putAway} />}
    </>
  );
}

/** The id of the API that is meant without a word; undefined where there are none or several. */
function useOnlyApi(): string | undefined {
  // The built-in one comes first.
  const { data } = useQuery(read('listApis', { limit: 3 }));
  const [only, ...others] = data?.items.filter(({ builtIn }) => !builtIn) ?? [];
  return others.length === 0 ? only?.id : undefined;
}
