import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Runs a shell script when this process ends, in whatever way: a small shell waits for the end of its input, which comes
 * even after `kill -9`. The arguments are `$1`, `$2`, …; `release()` calls it off.
 */
export function atEnd(script: string, ...args: string[]): { release(): void } {
  const shell = spawn('/bin/sh', ['-c', `read -r _ || :\n${script}`, 'leash', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  unhold(shell);
  return { release: () => shell.kill('SIGKILL') };
}

/** Lets this process end although the shell still waits. */
function unhold(shell: ChildProcess): void {
  shell.unref();
  // The input of a child is a socket, which can be unreferenced; its declared type is the wider Writable.
  (shell.stdin as { unref?: () => void } | null)?.unref?.();
}
