import { KeywrightError } from '@keywright/core';

/** Nothing can be decided now: code `unavailable`, status 503. It says nothing about the key. */
export class UnavailableError extends KeywrightError {
  constructor(detail: string, options?: ErrorOptions) {
    super('unavailable', detail, [], options);
    this.name = 'UnavailableError';
  }
}

/** The server answered, and refused: `status` and `code` are those of its problem document (RFC 9457). */
export class RefusedError extends UnavailableError {
  readonly refusedWith: number;
  readonly refusedAs: string | undefined;

  constructor(status: number, code: string | undefined, detail: string) {
    super(`The server refuses (${status}${code === undefined ? '' : ` ${code}`}): ${detail}`);
    this.name = 'RefusedError';
    this.refusedWith = status;
    this.refusedAs = code;
  }
}
