import { CREATOR_ROLES, limits, PERMISSIONS } from '@keywright/core';
import { Checkbox, Fieldset, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import type { Form } from '../api/change.ts';
import { choicesOf } from '../format.ts';
import type { PolicyValues } from './policy-values.ts';

interface PolicyFieldsProps {
  form: Form<PolicyValues>;
  disabled: boolean;
  /** A project has the notices and the prefix of its account. */
  inProject: boolean;
}

/** All rules of a key policy. */
export function PolicyFields(props: PolicyFieldsProps) {
  return (
    <Stack gap="lg">
      <CountFields {...props} />
      <PermissionFields {...props} />
      <AgeFields {...props} />
      <DemandFields {...props} />
    </Stack>
  );
}

function CountFields({ form, disabled }: PolicyFieldsProps) {
  return (
    <Fieldset legend="Who has keys" disabled={disabled}>
      <Stack gap="md">
        <NumberInput
          label="Keys per owner"
          description="How many access keys one owner can have, deactivated ones included; empty for no limit."
          placeholder="No limit"
          min={1}
          max={limits.keysPerOwnerMax}
          allowDecimal={false}
          {...form.getInputProps('keysPerOwnerMax')}
        />
        <Checkbox.Group
          label="Roles that can create keys"
          description="Viewers never can."
          {...form.getInputProps('createdBy')}
        >
          <Choices choices={choicesOf(CREATOR_ROLES)} />
        </Checkbox.Group>
      </Stack>
    </Fieldset>
  );
}

function PermissionFields({ form, disabled }: PolicyFieldsProps) {
  return (
    <Fieldset legend="What keys may do" disabled={disabled}>
      <Stack gap="md">
        <Checkbox.Group
          label="Permissions that keys can have"
          description="Only Restricted is the least privilege: each key gets what it needs and nothing else."
          {...form.getInputProps('permissionsAllowed')}
        >
          <Choices choices={choicesOf(PERMISSIONS)} />
        </Checkbox.Group>
        <NativeSelect
          label="Permission of a new key"
          description="What it gets when nothing is asked for; Restricted begins with nothing."
          data={choicesOf(PERMISSIONS)}
          {...form.getInputProps('permissionDefault')}
        />
      </Stack>
    </Fieldset>
  );
}

function AgeFields({ form, disabled, inProject }: PolicyFieldsProps) {
  return (
    <Fieldset legend="How long keys live" disabled={disabled}>
      <Stack gap="md">
        <NumberInput
          label="Longest lifetime in days"
          description="How long a key can live; a new key without an expiry then gets the latest one allowed. Empty for no limit."
          placeholder="No limit"
          min={1}
          max={limits.lifetimeDaysMax}
          allowDecimal={false}
          {...form.getInputProps('lifetimeDaysMax')}
        />
        <NumberInput
          label="Deactivate when unused for days"
          description="A key that nobody uses for so long is deactivated, after a notice. Empty for never."
          placeholder="Never"
          min={1}
          max={limits.idleDaysMax}
          allowDecimal={false}
          {...form.getInputProps('idleDaysMax')}
        />
        {!inProject && (
          <NumberInput
            label="Notice in days"
            description="How long before a key expires or is deactivated its owner is told."
            min={1}
            max={limits.noticeDaysMax}
            allowDecimal={false}
            {...form.getInputProps('noticeDays')}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

function DemandFields({ form, disabled, inProject }: PolicyFieldsProps) {
  return (
    <Fieldset legend="What each key must have" disabled={disabled}>
      <Stack gap="md">
        <Checkbox
          label="Delete only inactive keys"
          description="A key must be deactivated before it can be deleted, so that a mistake can still be undone."
          {...form.getInputProps('deleteRequiresInactive', { type: 'checkbox' })}
        />
        <Checkbox
          label="Require a name"
          description="Each key must have a name that says what it is for."
          {...form.getInputProps('nameRequired', { type: 'checkbox' })}
        />
        <Checkbox
          label="Require allowed networks"
          description="Each key must say from which addresses it may be used."
          {...form.getInputProps('networksRequired', { type: 'checkbox' })}
        />
        {!inProject && (
          <TextInput
            label="Token prefix"
            description="What the tokens of new keys begin with, so that secret scanners find them."
            maxLength={limits.prefixCharsMax}
            {...form.getInputProps('tokenPrefix')}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

function Choices({ choices }: { choices: readonly { value: string; label: string }[] }) {
  return (
    <Stack gap="xs" mt="xs">
      {choices.map(({ value, label }) => (
        <Checkbox key={value} value={value} label={label} />
      ))}
    </Stack>
  );
}
