import type { InputOf, OperationName, OutputOf } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { call } from './client.ts';

/** A change of the server. Afterwards everything on the screen is read again, so that nothing shown is out of date. */
export function useChange<Name extends OperationName>(
  name: Name,
  onDone?: (output: OutputOf<Name>) => void,
  onError?: (error: Error) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationKey: [name],
    mutationFn: (input: InputOf<Name>) => call(name, input),
    onSuccess: output => {
      onDone?.(output);
      void queries.invalidateQueries();
    },
    ...(onError && { onError }),
  });
}

/** The state of a form with these values. */
export type Form<Values extends object> = ReturnType<typeof useForm<Values>>;

interface OperationForm<Name extends OperationName, Values> {
  operation: Name;
  initialValues: Values;
  toInput: (values: Values) => InputOf<Name>;
  onDone?: (output: OutputOf<Name>, values: Values) => void;
  /** These are called also when the form is closed by then. */
  onAnswer?: (output: OutputOf<Name>) => void;
  onFailure?: (error: Error) => void;
}

/** A form that sends one operation; what the server finds wrong appears at the field that it names. */
export function useOperationForm<Name extends OperationName, Values extends object>(
  options: OperationForm<Name, Values>,
) {
  const form = useForm<Values>({ mode: 'controlled', initialValues: options.initialValues });
  const change = useChange(options.operation, options.onAnswer, options.onFailure);
  const send = form.onSubmit(values =>
    change.mutate(options.toInput(values), {
      onSuccess: output => options.onDone?.(output, values),
      onError: error => {
        const problems = fieldErrors(error);
        form.setErrors(problems);
        const first = error instanceof KeywrightError ? error.problems[0]?.field : undefined;
        if (first !== undefined) focusField(first);
      },
    }),
  );
  return {
    form,
    busy: change.isPending,
    /** What no field of the form can show. */
    error: isShownAtFields(change.error, form.values) ? null : change.error,
    submit: (event: FormEvent<HTMLFormElement>) => send(event),
  };
}

/** `networks.0` belongs to the field `networks`, which tells it unless there is an input for `networks.0` itself. */
const fieldOf = (path: string) => path.split('.')[0] ?? path;

function fieldErrors(error: Error): Record<string, string> {
  if (!(error instanceof KeywrightError)) return {};
  const messages: Record<string, string> = {};
  for (const { field, message } of error.problems) {
    messages[fieldOf(field)] ??= sentence(message);
    messages[field] ??= sentence(message);
  }
  return messages;
}

/** What the server says of a field, as a sentence of its own. */
export const sentence = (message: string) => message.charAt(0).toUpperCase() + message.slice(1);

function isShownAtFields(error: Error | null, values: object): boolean {
  if (!(error instanceof KeywrightError) || error.problems.length === 0) return false;
  return error.problems.every(problem => fieldOf(problem.field) in values);
}

function focusField(field: string): void {
  // After React has drawn the errors: a collapsed group with an error opens first.
  const input = (path: string) => document.querySelector<HTMLElement>(`form [data-path="${CSS.escape(path)}"]`);
  requestAnimationFrame(() => (input(field) ?? input(fieldOf(field)))?.focus());
}
