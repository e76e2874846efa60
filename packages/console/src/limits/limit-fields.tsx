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
import { type ComponentType, type ReactNode, useRef } from 'react';
import { flushSync } from 'react-dom';
import type { Form } from '../api/change.ts';
import { countText } from '../format.ts';
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
        errors={errors}
        disabled={disabled}
        most={limits.rateLimitsMax}
        make={() => newRate(rateLimits)}
        onChange={onRates}
        Fields={RateFields}
      />
      <List
        title="Quotas"
        one="Quota"
        path="quotas"
        about="So many uses in each period of the calendar. Each of several holds."
        items={quotas}
        errors={errors}
        disabled={disabled}
        most={limits.quotasMax}
        make={() => newQuota(quotas)}
        onChange={onQuotas}
        Fields={QuotaFields}
      />
    </Stack>
  );
}

/** What the input of a field of an item has besides its value. */
type InputProps<Item> = (field: keyof Item & string) => { disabled: boolean; error: ReactNode; 'data-path': string };

interface ListProps<Item> {
  title: string;
  one: string;
  path: 'rateLimits' | 'quotas';
  about: string;
  items: Item[];
  errors: Form<LimitValues>['errors'];
  disabled: boolean;
  most: number;
  make: () => Item;
  onChange: (items: Item[]) => void;
  Fields: ComponentType<FieldsProps<Item>>;
}

function List<Item>({
  title,
  one,
  path,
  about,
  items,
  errors,
  disabled,
  most,
  make,
  onChange,
  Fields,
}: ListProps<Item>) {
  const change = (at: number, part: Partial<Item>) =>
    onChange(items.map((item, n) => (n === at ? { ...item, ...part } : item)));
  const { own, inputOf } = errorsOf<Item>(path, errors, disabled);
  const add = useRef<HTMLButtonElement>(null);
  const remove = (at: number) => {
    flushSync(() => onChange(items.filter((_, other) => other !== at)));
    // The last row takes its button along, and would take the focus.
    if (at === items.length - 1) add.current?.focus();
  };
  return (
    <Input.Wrapper
      label={title}
      labelElement="div"
      description={about}
      error={own}
      inputWrapperOrder={['label', 'description', 'error', 'input']}
    >
      <Stack gap="xs" mt="xs" align="flex-start">
        {items.map((item, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row has no name that stays while it is typed
          <Fieldset key={n} legend={`${one} ${n + 1}`} w="100%" mx={0} disabled={disabled}>
            <Group align="flex-start" gap="xs">
              <Fields item={item} change={part => change(n, part)} input={inputOf(n)} />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                mt={LABEL_PX}
                aria-label={`Remove ${one.toLowerCase()} ${n + 1}`}
                disabled={disabled}
                onClick={() => remove(n)}
              >
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Group>
          </Fieldset>
        ))}
        {items.length < most && (
          <Button
            ref={add}
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

/** Each error at the input that it is about; the list says the others. Both go with the list's next change. */
function errorsOf<Item>(path: string, errors: Form<LimitValues>['errors'], disabled: boolean) {
  const error = errors[path];
  const isOfInput = Object.keys(errors).some(place => /^\w+\.\d+\.\w+$/.test(place) && place.startsWith(`${path}.`));
  const inputOf =
    (at: number): InputProps<Item> =>
    field => {
      const place = `${path}.${at}.${field}`;
      return { disabled, error: error && errors[place], 'data-path': place };
    };
  return { own: isOfInput ? undefined : error, inputOf };
}

/** How high the label above an input is. */
const LABEL_PX = 23;

const WHOLE = {
  allowDecimal: false,
  allowNegative: false,
  hideControls: true,
  thousandSeparator: ',',
  flex: '1 1 6rem',
};

interface FieldsProps<Item> {
  item: Item;
  change: (part: Partial<Item>) => void;
  input: InputProps<Item>;
}

function RateFields({ item: rate, change, input }: FieldsProps<RateValues>) {
  return (
    <>
      <NameInput {...input('name')} value={rate.name} onChange={name => change({ name })} />
      <NumberInput label="Uses" {...WHOLE} {...input('max')} value={rate.max} onChange={max => change({ max })} />
      <NumberInput
        label="In seconds"
        {...WHOLE}
        {...input('perSeconds')}
        value={rate.perSeconds}
        onChange={perSeconds => change({ perSeconds })}
      />
      <NumberInput
        label="At once"
        placeholder={typeof rate.max === 'number' ? countText(rate.max) : ''}
        {...WHOLE}
        {...input('burst')}
        value={rate.burst}
        onChange={burst => change({ burst })}
      />
    </>
  );
}

const PER = PERIODS.map(value => ({ value, label: value }));
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter(zone => zone !== 'UTC')];

function QuotaFields({ item: quota, change, input }: FieldsProps<QuotaValues>) {
  return (
    <>
      <NameInput {...input('name')} value={quota.name} onChange={name => change({ name })} />
      <NumberInput label="Uses" {...WHOLE} {...input('max')} value={quota.max} onChange={max => change({ max })} />
      <NativeSelect
        label="Per"
        data={PER}
        flex="1 1 7rem"
        {...input('per')}
        value={quota.per}
        onChange={event => change({ per: PERIODS.find(per => per === event.currentTarget.value) ?? quota.per })}
      />
      <Autocomplete
        label="Time zone"
        data={ZONES}
        limit={8}
        flex="1 1 9rem"
        {...input('timeZone')}
        value={quota.timeZone}
        onChange={timeZone => change({ timeZone })}
      />
    </>
  );
}

interface NameInputProps extends ReturnType<InputProps<{ name: string }>> {
  value: string;
  onChange: (name: string) => void;
}

function NameInput({ onChange, ...props }: NameInputProps) {
  return (
    <TextInput
      label="Name"
      flex="1 1 7rem"
      maxLength={limits.limitNameCharsMax}
      {...props}
      onChange={event => onChange(event.currentTarget.value)}
    />
  );
}
