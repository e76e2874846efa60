/** One line of a CSV file (RFC 4180). */
export const csvLine = (texts: readonly string[]) => `${texts.map(cell).join(',')}\r\n`;

/** Spreadsheets run cells that begin like a formula; a leading apostrophe makes them text. Source: OWASP, CSV Injection. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
