/** A line of the table of all figures: one of ours beside a limit or a peer, from the same run. */
export interface Row {
  what: string;
  ours: string;
  besideWhat: string;
  beside: string;
  /** As it is shown; empty where the figure itself is what counts. */
  ratio: string;
  /** What we want; empty where there is nothing to reach. */
  wanted: string;
  reached?: boolean | undefined;
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(row => [
    ...[row.what, row.ours, row.besideWhat, row.beside, row.ratio],
    ...[row.wanted, resultOf(row)],
  ]);
  return markdown(['What', 'Keywright', 'Beside it', 'which does', 'Ratio', 'Wanted', 'Result'], lines);
}

export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function resultOf({ wanted, reached }: Row): string {
  if (wanted === '') return '';
  return reached === undefined ? 'not measured' : verdict(reached);
}

export function verdict(reached: boolean): string {
  return reached ? 'reached' : '**missed**';
}

/** The cells of all lines of tables in a text. */
export function cellsIn(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.startsWith('| '))
    .map(line => line.slice(1, -1).split('|'))
    .map(cells => cells.map(cell => cell.trim()));
}

/** The number at the beginning of a text such as `1,234 ns`. */
export function numberIn(text: string | undefined): number {
  const found = /-?[\d,]*\.?\d+/.exec(text ?? '');
  if (found === null) throw new Error(`no number in "${text}"`);
  return Number(found[0].replaceAll(',', ''));
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Two significant digits at least, which is more than runs differ by. */
export function times(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : whole(ratio);
}
