import type { InputOf, LimitState } from '@keywright/contract';
import type { FormEvent } from 'react';
import type { Form } from '../api/change.ts';
import { ReadMenu } from '../parts/row-menu.tsx';
import { SaveForm } from '../parts/save-form.tsx';
import { Section } from '../parts/section.tsx';
import { LimitFields } from './limit-fields.tsx';
import { LimitStates } from './limit-states.tsx';
import type { LimitValues } from './limit-values.ts';

interface LimitsSectionProps {
  about: string;
  /** 3 inside a panel. */
  order?: 2 | 3;
  /** Of whom they are, and how they stand. */
  states: { input: InputOf<'getLimits'>; own: LimitState['of'] };
  /** Why the person can not change them. */
  reason: string | undefined;
  form: Form<LimitValues>;
  busy: boolean;
  error: Error | null;
  submit: (event: FormEvent<HTMLFormElement>) => void;
}

/** The limits of an owner or the account: how they stand, and the form that changes them. */
export function LimitsSection({ about, order = 2, states, reason, form, busy, error, submit }: LimitsSectionProps) {
  return (
    <Section
      title="Limits"
      order={order}
      about={about}
      menu={<ReadMenu of="the limits" operation="getLimits" input={states.input} />}
    >
      <LimitStates {...states} />
      <SaveForm verb="Save limits" reason={reason} busy={busy} error={error} submit={submit}>
        <LimitFields
          values={form.values}
          errors={form.errors}
          disabled={reason !== undefined}
          onRates={rateLimits => form.setFieldValue('rateLimits', rateLimits)}
          onQuotas={quotas => form.setFieldValue('quotas', quotas)}
        />
      </SaveForm>
    </Section>
  );
}
