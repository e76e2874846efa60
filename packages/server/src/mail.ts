import { createTransport } from 'nodemailer';
import type { Config } from './config.ts';

export interface Mail {
  to: string[];
  subject: string;
  text: string;
}

/** Sends one mail; throws when the server does not take it. */
export type SendMail = (mail: Mail) => Promise<void>;

/** What a server that does not answer may cost. */
const WAIT_MS = '10000';

/** How mail is sent, where SMTP is configured. */
export function openMail({ mail }: Pick<Config, 'mail'>): SendMail | undefined {
  if (mail === undefined) return undefined;
  const url = new URL(mail.server);
  for (const phase of ['connectionTimeout', 'greetingTimeout', 'socketTimeout']) {
    if (!url.searchParams.has(phase)) url.searchParams.set(phase, WAIT_MS);
  }
  const transport = createTransport(url.href);
  return async ({ to, subject, text }) => {
    // Each of several gets a copy of their own and sees no other's address.
    for (const address of to) {
      const noFiles = { disableFileAccess: true, disableUrlAccess: true };
      await transport.sendMail({ from: mail.from, to: { name: '', address }, subject, text, ...noFiles });
    }
  };
}
