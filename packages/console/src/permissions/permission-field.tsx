import type { Grants, KeyPolicy, Permission } from '@keywright/core';
import { Alert, Anchor, Radio, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiGrants } from './api-grants.tsx';
import { PermissionSummary } from './permission-summary.tsx';

interface PermissionFieldProps {
  policy: KeyPolicy;
  permission: Permission;
  grants: Grants;
  errors: { permission?: ReactNode; grants?: ReactNode };
  onPermission: (permission: Permission) => void;
  onGrants: (change: (grants: Grants) => Grants) => void;
}

const CHOICES: readonly { value: Permission; label: string; about: string }[] = [
  { value: 'read_write', label: 'Read/Write', about: 'Everything that its owner may do, at every API.' },
  { value: 'restricted', label: 'Restricted', about: 'Only what you choose for each API. Recommended.' },
  { value: 'read_only', label: 'Read only', about: 'Only what changes nothing, at every API.' },
];

/** What a key may do. It leads to the least that is needed, and says in words what was chosen. */
export function PermissionField({ policy, permission, grants, errors, onPermission, onGrants }: PermissionFieldProps) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label="Permission"
        value={permission}
        error={errors.permission}
        data-path="permission"
        // Only the values of the choices come back.
        onChange={value => onPermission(value as Permission)}
      >
        <Stack gap="xs" mt="xs">
          {CHOICES.map(({ value, label, about }) => {
            const isAllowed = allows(policy, value);
            return (
              <Radio
                key={value}
                value={value}
                label={label}
                // What the key has already stays selectable, so that it can be seen.
                disabled={!isAllowed && value !== permission}
                description={isAllowed ? about : 'The key policy does not allow it.'}
              />
            );
          })}
        </Stack>
      </Radio.Group>
      {permission === 'restricted' ? (
        <ApiGrants grants={grants} error={errors.grants} onChange={onGrants} />
      ) : (
        <Warning permission={permission} policy={policy} onRestrict={() => onPermission('restricted')} />
      )}
      <PermissionSummary permission={permission} grants={grants} />
    </Stack>
  );
}

const allows = ({ permissionsAllowed }: KeyPolicy, permission: Permission) =>
  permissionsAllowed?.includes(permission) ?? true;

interface WarningProps {
  permission: Permission;
  policy: KeyPolicy;
  onRestrict: () => void;
}

function Warning({ permission, policy, onRestrict }: WarningProps) {
  if (permission !== 'read_write') return null;
  return (
    <Alert color="yellow" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />} title="Full access">
      Whoever gets hold of this key can change everything that its owner can, at every API. Give it only what it needs.{' '}
      {allows(policy, 'restricted') && (
        <Anchor component="button" type="button" size="sm" c="inherit" underline="always" onClick={onRestrict}>
          Choose what it needs
        </Anchor>
      )}
    </Alert>
  );
}
