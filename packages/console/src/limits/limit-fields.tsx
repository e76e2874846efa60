import { limits, PERIODS } from '@keywright/core';
import {
  ActionIcon,
  Autocomplete,
  Button,
  Fieldset,
  Group,
  Input,
  NativeSelect,
  NumberInput,
  Stack,
  TextInput,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Form } from '../api/change.ts';
import { type LimitValues, newQuota, newRate, type QuotaValues, type RateValues } from './limit-values.ts';

interface LimitFieldsProps {
  values: LimitValues;
  errors: Form<LimitValues>['errors'];
  disabled?: boolean;
  onRates: (rateLimits: RateValues[]) => void;
  onQuotas: (quotas: QuotaValues[]) => void;
}

/** The rate limits and quotas of a key, an owner or the account. */
export function LimitFields({ values, errors, disabled = false, onRates, onQuotas }: LimitFieldsProps) {
  const { rateLimits, quotas } = values;
  return (
    <Stack gap="md">
      <List
        title="Rate limits"
        one="Rate limit"
        path="rateLimits"
        about="So many uses in so many seconds, spread evenly. Each of several holds."
        items={rateLimits}
        error={errors.rateLimits}
        disabled={disabled}
        most={limits.rateLimitsMax}
        make={() => newRate(rateLimits)}
        onChange={onRates}
        fields={(rate, change) => <RateFields rate={rate} change={change} disabled={disabled} />}
      />
      <List
        title="Quotas"
        one="Quota"
        path="quotas"
        about="So many uses in each period of the calendar. Each of several holds."
        items={quotas}
        error={errors.quotas}
        disabled={disabled}
        most={limits.quotasMax}
        make={() => newQuota(quotas)}
        onChange={onQuotas}
        fields={(quota, change) => <QuotaFields quota={quota} change={change} disabled={disabled} />}
      />
    </Stack>
  );
}

interface ListProps<Item> {
  title: string;
  one: string;
  path: 'rateLimits' | 'quotas';
  about: string;
  items: Item[];
  error: ReactNode;
  disabled: boolean;
  most: number;
  make: () => Item;
  onChange: (items: Item[]) => void;
  fields: (item: Item, change: (part: Partial<Item>) => void) => ReactNode;
}

function List<Item>({
  title,
  one,
  path,
  about,
  items,
  error,
  disabled,
  most,
  make,
  onChange,
  fields,
}: ListProps<Item>) {
  const change = (at: number, part: Partial<Item>) =>
    onChange(items.map((item, n) => (n === at ? { ...item, ...part } : item)));
  return (
    <Input.Wrapper label={title} labelElement="div" description={about} error={error}>
      <Stack gap="xs" mt="xs" align="flex-start">
        {items.map((item, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row has no name that stays while it is typed
          <Fieldset key={n} legend={`${one} ${n + 1}`} w="100%" disabled={disabled}>
            <Group align="flex-end" gap="xs">
              {fields(item, part => change(n, part))}
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Remove ${one.toLowerCase()} ${n + 1}`}
                disabled={disabled}
                onClick={() => onChange(items.filter((_, other) => other !== n))}
              >
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Group>
          </Fieldset>
        ))}
        {items.length < most && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            disabled={disabled}
            data-path={path}
            onClick={() => onChange([...items, make()])}
          >
            Add {one.toLowerCase()}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

const WHOLE = {
  allowDecimal: false,
  allowNegative: false,
  hideControls: true,
  thousandSeparator: ' ',
  flex: '1 1 6rem',
};

interface RateFieldsProps {
  rate: RateValues;
  change: (part: Partial<RateValues>) => void;
  disabled: boolean;
}

function RateFields({ rate, change, disabled }: RateFieldsProps) {
  return (
    <>
      <NameInput name={rate.name} disabled={disabled} onChange={name => change({ name })} />
      <NumberInput label="Uses" {...WHOLE} disabled={disabled} value={rate.max} onChange={max => change({ max })} />
      <NumberInput
        label="In seconds"
        {...WHOLE}
        disabled={disabled}
        value={rate.perSeconds}
        onChange={perSeconds => change({ perSeconds })}
      />
      <NumberInput
        label="At once"
        placeholder={String(rate.max)}
        {...WHOLE}
        disabled={disabled}
        value={rate.burst}
        onChange={burst => change({ burst })}
      />
    </>
  );
}

interface QuotaFieldsProps {
  quota: QuotaValues;
  change: (part: Partial<QuotaValues>) => void;
  disabled: boolean;
}

const PER = PERIODS.map(value => ({ value, label: value }));

function QuotaFields({ quota, change, disabled }: QuotaFieldsProps) {
  return (
    <>
      <NameInput name={quota.name} disabled={disabled} onChange={name => change({ name })} />
      <NumberInput label="Uses" {...WHOLE} disabled={disabled} value={quota.max} onChange={max => change({ max })} />
      <NativeSelect
        label="Per"
        data={PER}
        flex="1 1 7rem"
        disabled={disabled}
        value={quota.per}
        onChange={event => change({ per: PERIODS.find(per => per === event.currentTarget.value) ?? quota.per })}
      />
      <Autocomplete
        label="Time zone"
        data={['UTC', ...Intl.supportedValuesOf('timeZone').filter(zone => zone !== 'UTC')]}
        limit={8}
        flex="1 1 9rem"
        disabled={disabled}
        value={quota.timeZone}
        onChange={timeZone => change({ timeZone })}
      />
    </>
  );
}

function NameInput({
  name,
  disabled,
  onChange,
}: {
  name: string;
  disabled: boolean;
  onChange: (name: string) => void;
}) {
  return (
    <TextInput
      label="Name"
      flex="1 1 7rem"
      maxLength={limits.limitNameCharsMax}
      disabled={disabled}
      value={name}
      onChange={event => onChange(event.currentTarget.value)}
    />
  );
}
