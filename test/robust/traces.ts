/** So many characters of a random secret in a row are no chance. */
const WINDOW = 12;

/** Something that must be found nowhere. */
export interface Secret {
  /** What it is, for the report. */
  what: string;
  text: string;
}

/** Every form in which a part of a secret can stand somewhere, by windows of equal length. */
export class Traces {
  readonly #windows = new Map<string, string>();

  constructor(secrets: readonly Secret[]) {
    for (const { what, text } of secrets) for (const form of formsOf(text)) this.#add(form, what);
  }

  /** What of it stands in the bytes: the names of the secrets. */
  in(bytes: Buffer | string): string[] {
    const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1');
    const found = new Set<string>();
    for (let at = 0; at + WINDOW <= text.length; at++) {
      const what = this.#windows.get(text.slice(at, at + WINDOW));
      if (what !== undefined) found.add(what);
    }
    return [...found];
  }

  /** Windows side by side, and one that ends with the form: half a secret is found, too. */
  #add(form: string, what: string): void {
    for (let at = 0; at + WINDOW <= form.length; at += WINDOW) this.#windows.set(form.slice(at, at + WINDOW), what);
    this.#windows.set(form.slice(-WINDOW), what);
  }
}

/** As it is, as hex, and as base64: of its own, and within something longer such as `key:secret`, where it can begin at each of three places. */
function formsOf(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  const within = [0, 1, 2].map(before => {
    const base64 = Buffer.from(' '.repeat(before) + text).toString('base64');
    // What stands in characters shared with the neighbours is no certain part of it.
    return base64.slice(before === 0 ? 0 : 4, -4);
  });
  const decoded = /^[\w+/-]{40}$/.test(text) ? [Buffer.from(text, 'base64').toString('latin1')] : [];
  const forms = [text, hex, hex.toUpperCase(), ...within, ...decoded];
  return [...forms, ...within.map(form => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
