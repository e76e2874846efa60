import { type FieldProblem, KeywrightError } from '@keywright/core';
import type { z } from 'zod';

const PROBLEMS_MAX = 20;

/** Parses the input of an operation, or throws `invalid_value` naming each field, the rule and the way out. */
export function parseInput<Schema extends z.ZodObject>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(issue => problemsOf(issue, schema)).slice(0, PROBLEMS_MAX);
  const detail = problems.map(problem => `${problem.field}: ${problem.message}`).join('; ');
  throw new KeywrightError('invalid_value', detail, problems);
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodObject): FieldProblem[] {
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const message =
      at.length > 0
        ? 'is not a field here'
        : `is not a field here; there are: ${Object.keys(schema.shape).join(', ') || 'none'}`;
    return issue.keys.map(key => ({ field: shown([...at, key]), rule: 'unknown_field', message }));
  }
  return [{ field: shown(at) || 'body', rule: issue.code, message: sentence(issue) }];
}

/** The rule as what the value must be. */
function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? `is required (${TYPES[issue.expected] ?? issue.expected})`
        : `must be of type ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values
        .map(String)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

/** Types that JSON calls otherwise. */
const TYPES: Record<string, string> = { record: 'object' };

function unitOf(origin: string, count: number | bigint): string {
  const [one, several] = UNITS[origin] ?? ['', ''];
  return Number(count) === 1 ? one : several;
}

const UNITS: Record<string, [one: string, several: string]> = {
  string: [' character long', ' characters long'],
  array: [' entry long', ' entries long'],
};

/** The caller's own field names come back to them, but bounded and well-formed. */
function shown(path: string[]): string {
  const text = path.join('.').toWellFormed();
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text;
}
