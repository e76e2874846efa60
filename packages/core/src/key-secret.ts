/**
 * The secret half of an access key, or anything as secret (a password, an invitation).
 * Its string, JSON and inspected forms are redacted: only `reveal()` gives it away, so every place that does can be searched for.
 */
export class KeySecret {
  readonly #plain: string;

  constructor(plain: string) {
    this.#plain = plain;
  }

  reveal(): string {
    return this.#plain;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'KeySecret [redacted]';
  }
}
