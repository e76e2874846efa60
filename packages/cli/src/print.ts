import { fit, inWords, paint, widthOf } from './text.ts';
import { cell, isTime, lines } from './values.ts';

const GAP = '  ';
const COLUMN_MIN = 8;

/** Rows of objects as an aligned table. The first column, which one copies, and times are never cut. */
export function table(columns: readonly string[], rows: readonly Record<string, unknown>[], width: number): string {
  const header = columns.map(inWords);
  const cells = rows.map(row => columns.map(column => cell(row[column])));
  const widths = header.map((title, at) => Math.max(widthOf(title), ...cells.map(row => widthOf(row[at] ?? ''))));
  const canShrink = header.map((_, at) => at > 0 && !cells.some(row => isTime(row[at] ?? '')));
  shrink(widths, canShrink, width);
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
function shrink(widths: number[], canShrink: readonly boolean[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  for (; excess > 0; excess--) {
    const widest = Math.max(...widths.filter((_, at) => canShrink[at]));
    if (widest <= COLUMN_MIN) return;
    widths[widths.findIndex((one, at) => one === widest && canShrink[at])] = widest - 1;
  }
}
