const BAR_CHARS = 30;

/** Draws how much is done, from 0 to 1, over what was there; only for people. */
export function showProgress(share: number, words: string): void {
  if (!process.stderr.isTTY) return;
  const done = Math.max(0, Math.min(BAR_CHARS, Math.round(share * BAR_CHARS)));
  const bar = '█'.repeat(done) + '░'.repeat(BAR_CHARS - done);
  process.stderr.write(`\r${bar} ${words}\u001b[K`);
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
