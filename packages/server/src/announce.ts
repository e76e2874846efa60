import { OPEN_ACCESS_WARNING } from './open-access.ts';

/** What the person who started the server reads: where it listens, and the one link to set it up. */
export function announce(origin: string, openAccess: boolean, setupToken: string | undefined): void {
  if (/\/\/(0\.0\.0\.0|\[::\]):/.test(origin)) {
    console.log(
      'Set KEYWRIGHT_URL to the address at which people reach this server: links with this one open nowhere else.',
    );
  }
  if (openAccess) console.log(`\n${OPEN_ACCESS_WARNING}\n`);
  const link =
    setupToken && `\n\nOpen this link to set it up (it works once):\n\n  ${origin}/setup#token=${setupToken}\n`;
  console.log(`Keywright listens on ${origin}${link ?? ''}`);
}
