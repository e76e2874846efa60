import { hash } from 'node:crypto';

/** How a value is written; what PostgreSQL calls it is in shape.ts. */
export type Kind = 'whole' | 'float' | 'bytes' | 'text';

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
const SPECIALS = /[\0\\\b\f\n\r\t\v]/g;

/** A text with a NUL, which PostgreSQL can not hold. */
export class HasNul extends Error {}

/**
 * A row as PostgreSQL itself writes it with COPY: byte for byte the same, so that what one side sends and what the other side holds can be
 * compared. https://www.postgresql.org/docs/current/sql-copy.html, File Formats.
 */
export function lineOf(row: readonly unknown[], kinds: readonly Kind[]): string {
  let line = '';
  for (let n = 0; n < kinds.length; n++) {
    if (n > 0) line += '\t';
    line += fieldOf(row[n], kinds[n] ?? 'text');
  }
  return `${line}\n`;
}

function fieldOf(value: unknown, kind: Kind): string {
  if (value === null) return '\\N';
  if (kind === 'bytes') return `\\\\x${Buffer.from(value as Uint8Array).toString('hex')}`; // as the column's kind says
  if (kind === 'float') return floatOf(Number(value));
  return kind === 'whole' ? String(value) : String(value).replace(SPECIALS, escaped);
}

function escaped(sign: string): string {
  const written = ESCAPES[sign];
  if (written === undefined) throw new HasNul();
  return written;
}

/** The shortest digits that mean the number, as both sides have them, laid out as PostgreSQL does (`%g`, with its own limits). */
function floatOf(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 15) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** What a table holds, whatever the order of its rows: how many there are, and the sum of their hashes. */
export class Digest {
  rows = 0;
  /** The eight words of SHA-256, each summed up by itself. */
  readonly #sums = new Uint32Array(8);

  add(line: Buffer): void {
    const words = hash('sha256', line, 'buffer');
    for (let n = 0; n < 8; n++) this.#sums[n] = (this.#sums[n] ?? 0) + words.readUInt32LE(n * 4);
    this.rows++;
  }

  toString(): string {
    return Buffer.from(this.#sums.buffer).toString('hex');
  }
}
