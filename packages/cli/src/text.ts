import { styleText } from 'node:util';

// C0, DEL and C1 drive the terminal; the rest turn the direction of writing, so that a name reads as another.
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const BREAK = /[\t\n\r\u2028\u2029]+/g;
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;
const graphemes = new Intl.Segmenter();

/** Foreign text on one line, without anything that a terminal would obey. */
export function clean(text: string): string {
  return text.replace(BREAK, ' ').replace(UNSAFE, '');
}

/** The same, but its line feeds stay. */
export function cleanLines(text: string): string {
  return text.split('\n').map(clean).join('\n');
}

/** How many columns a clean text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Cuts a clean text to so many columns, the last of them `…`, or fills it up with spaces. */
export function fit(text: string, width: number): string {
  const has = widthOf(text);
  if (has <= width) return text + ' '.repeat(width - has);
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return fit(`${kept}…`, width);
}

/** JSON as it is, but nothing in it drives a terminal: the escapes mean the same value. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE, char =>
    char === '\n' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One word for a shell, in quotes where it needs them. */
export function shellWord(text: string): string {
  const word = clean(text);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

type Style = 'bold' | 'green' | 'red';

/** Colour for stdout, where it is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function paintError(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}

/** `expiresAt` in words: `expires at`. */
export function inWords(field: string): string {
  return field.replace(/[A-Z]/g, capital => ` ${capital.toLowerCase()}`);
}
