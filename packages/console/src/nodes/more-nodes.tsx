import { Code, List, Text } from '@mantine/core';

/** What to do when one node is not enough. */
export function MoreNodes({ isOnSqlite }: { isOnSqlite: boolean }) {
  return (
    <>
      <Text size="sm">
        One node serves a team, and is nothing to worry about. Several share the work, and when one of them ends the
        others go on.
        {isOnSqlite && (
          <>
            {' '}
            On SQLite they have to be on one machine: <Code>npm start -- --workers 2</Code>. On several machines:
          </>
        )}
      </Text>
      <List type="ordered" size="sm" spacing="xs">
        <List.Item>
          Give each the same PostgreSQL as <Code>DATABASE_URL</Code> and the same <Code>KEYWRIGHT_SECRET</Code>.
        </List.Item>
        <List.Item>Start as many as you like. They find each other by the database, and appear here.</List.Item>
        <List.Item>
          Put a load balancer in front of them that asks each at <Code>/readyz</Code> whether it should get requests.
        </List.Item>
        <List.Item>
          Give each the same Redis or Valkey as <Code>REDIS_URL</Code>, so that they count rate limits together.
        </List.Item>
      </List>
    </>
  );
}
