/** Hands texts to the browser as one file, without a way over the server. */
export function download(file: string, type: string, texts: string[]): void {
  const address = URL.createObjectURL(new Blob(texts, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = file;
  link.click();
  URL.revokeObjectURL(address);
}
