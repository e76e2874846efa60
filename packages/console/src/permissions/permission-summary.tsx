import type { Grants, Permission } from '@keywright/core';
import { List, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { readAll } from '../api/read-all.ts';
import { Name } from '../parts/name.tsx';
import { permissionText } from './permission-text.ts';
import classes from './permissions.module.css';

interface Given {
  permission: Permission;
  grants: Grants;
}

/** What the permission means, in words; assistive technology hears it again after each change. */
export function PermissionSummary(given: Given) {
  return (
    <div className={classes.summary} role="status" aria-label="What the key may do">
      <PermissionWords {...given} />
    </div>
  );
}

/** The words alone. */
export function PermissionWords({ permission, grants }: Given) {
  const lines = usePermissionText({ permission, grants });
  const [first] = lines;
  if (lines.length === 1) return <Text size="sm">{first}</Text>;
  return (
    <List size="sm" spacing={2}>
      {lines.map(line => (
        <List.Item key={line}>
          <Name>{line}</Name>
        </List.Item>
      ))}
    </List>
  );
}

function usePermissionText({ permission, grants }: Given): string[] {
  const isRestricted = permission === 'restricted';
  const apis = useQuery({ ...readAll('listApis', {}), enabled: isRestricted }).data ?? [];
  const asked = isRestricted ? Object.keys(grants).filter(api => typeof grants[api] !== 'string') : [];
  const lists = useQueries({ queries: asked.map(api => readAll('listEndpoints', { api })) });
  const endpointsOf = (api: string) => lists[asked.indexOf(api)]?.data;
  const named = apis.map(({ id, name }) => ({ id, name, endpoints: endpointsOf(id) }));
  return permissionText({ permission, grants }, named);
}
