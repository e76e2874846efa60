import { endpointOf, type OutputOf, operations } from '@keywright/contract';
import { BUILT_IN_API } from '@keywright/core';
import { List, Stack, Text } from '@mantine/core';
import { CreateButton } from '../keys/create-button.tsx';
import { NewKey } from '../keys/new-key.tsx';
import { useMe, whyNotAdministrate } from '../me.ts';
import { ReasonButton } from '../parts/reason.tsx';
import { CopyRow } from '../parts/shown-once.tsx';
import { TextLink } from '../parts/text-link.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';

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
              Decide in your application, with the package @keywright/verifier. Keep the token of the access key where
              your other secrets are.
            </Text>
            <CopyRow label="Lines of code" text={codeFor(location.origin)} />
          </Stack>
        </List.Item>
      </List>
      {created.shown && <NewKey created={created.shown} onClose={created.putAway} />}
    </>
  );
}

const codeFor = (server: string) => `import { createVerifier } from '@keywright/verifier';

const verifier = createVerifier({
  server: '${server}',
  credential: token,
  name: 'my application',
});

const decision = await verifier.verify(request);
if (!decision.allowed) return new Response(decision.reason, { status: 401 });`;
