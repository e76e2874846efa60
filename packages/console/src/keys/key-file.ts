interface NewKey {
  name: string | null;
  key: string;
  secret: string;
}

/** The key as a CSV file (RFC 4180). */
export function keyFile({ name, key, secret }: NewKey): string {
  return `name,access key ID,secret key\r\n${[name ?? '', key, secret].map(cell).join(',')}\r\n`;
}

/** Spreadsheets run cells that begin like a formula; a leading apostrophe makes them text. Source: OWASP, CSV Injection. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Hands a text to the browser as a download, without a way over the server. */
export function download(file: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = file;
  link.click();
  URL.revokeObjectURL(address);
}
