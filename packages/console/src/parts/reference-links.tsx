import { Anchor, Text } from '@mantine/core';
import { actingAccount } from '../api/client.ts';

/** Where the API is described and tried out. GraphiQL speaks for the person's own account: no header names another there. */
export function ReferenceLinks() {
  return (
    <Text size="sm">
      <OtherPage to="/docs">API reference</OtherPage>
      {actingAccount() === undefined && (
        <>
          {' · '}
          <OtherPage to="/graphql">GraphiQL</OtherPage>
        </>
      )}
    </Text>
  );
}

/** A page of the server that is none of the console. */
function OtherPage({ to, children }: { to: string; children: string }) {
  return (
    <Anchor href={to} target="_blank" rel="noreferrer" size="sm" underline="always">
      {children}
    </Anchor>
  );
}
