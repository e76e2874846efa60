import { fit, inWords, paint, widthOf } from './text.ts';
import { cell, lines } from './values.ts';

const GAP = '  ';
const COLUMN_MIN = 8;

/** Rows of objects as an aligned table. The first column is what one copies, so it is never cut. */
export function table(columns: readonly string[], rows: readonly Record<string, unknown>[], width: number): string {
  const header = columns.map(inWords);
  const cells = rows.map(row => columns.map(column => cell(row[column])));
  const widths = header.map((title, at) => Math.max(widthOf(title), ...cells.map(row => widthOf(row[at] ?? ''))));
  shrink(widths, width);
  const line = (row: string[]) =>
    row
      .map((text, at) => fit(text, widths[at] ?? 0))
      .join(GAP)
      .trimEnd();
  return [paint('bold', line(header)), ...cells.map(line)].join('\n');
}

/** One object as names and values under each other. */
export function block(fields: readonly string[], object: Record<string, unknown>): string {
  const names = fields.map(inWords);
  const width = Math.max(0, ...names.map(widthOf));
  const indent = ' '.repeat(width) + GAP;
  return fields
    .map((field, at) => fit(names[at] ?? '', width) + GAP + lines(object[field]).join(`\n${indent}`))
    .join('\n');
}

/** Takes from the widest columns until the table fits, or nothing more can be taken. */
function shrink(widths: number[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  for (; excess > 0; excess--) {
    const widest = Math.max(...widths.slice(1));
    if (widest <= COLUMN_MIN) return;
    widths[widths.indexOf(widest, 1)] = widest - 1;
  }
}
