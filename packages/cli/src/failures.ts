import { ApiError, type Operation, pathFields } from '@keywright/contract';
import { ERRORS, KeywrightError } from '@keywright/core';
import { CommanderError } from 'commander';
import { flagOf } from './flags.ts';
import { clean, cleanLines, json, paintError } from './text.ts';

/** 0 is success; 1 the server or the state of things refused it; 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** The command was called wrongly in a way that the parser of arguments can not see. */
export class UsageError extends KeywrightError {
  constructor(message: string) {
    super('invalid_value', message);
    this.name = 'UsageError';
  }
}

/** Says on stderr what went wrong, and returns the exit code. */
export function report(error: unknown, asJson: boolean, entry?: Operation): ExitCode {
  // Commander has already printed its message and suggestion; --help and --version come as errors with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof KeywrightError)) {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`${paintError('error:')} Keywright failed unexpectedly.\n${cleanLines(details)}`);
    return 1;
  }
  console.error(asJson ? json(problemOf(error)) : `${paintError('error:')} ${sentence(error, entry)}`);
  return error instanceof UsageError ? 2 : 1;
}

/** The problem document (RFC 9457) of an error, also of one that never reached a server. */
export function problemOf(error: KeywrightError): object {
  if (error instanceof ApiError) return error.problem;
  return {
    title: ERRORS[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.problems.length > 0 && { errors: error.problems }),
  };
}

/** The fields are named as they are typed: as flags and positionals. */
export function sentence(error: KeywrightError, entry?: Operation): string {
  const id = error.code === 'internal' && error instanceof ApiError ? ` Request id: ${clean(error.requestId)}` : '';
  if (error.problems.length === 0) return cleanLines(error.message) + id;
  const lines = error.problems.map(({ field, message }) => `  ${typed(field, entry)}: ${clean(message)}`);
  return [`${ERRORS[error.code].title}.`, ...lines].join('\n') + id;
}

function typed(path: string, entry: Operation | undefined): string {
  const [name = '', ...rest] = clean(path).split('.');
  if (entry === undefined || !(name in entry.input.shape)) return clean(path);
  const words = pathFields(entry).includes(name) ? `<${name}>` : flagOf(name);
  return [words, ...rest.map(at => (/^\d+$/.test(at) ? `(value ${Number(at) + 1})` : at))].join(' ');
}
