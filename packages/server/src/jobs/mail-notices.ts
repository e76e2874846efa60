import { administratorEmails, lockChanges, markMailed, takeUnmailed, type UnmailedNotice } from '@keywright/store';
import type { App } from '../app.ts';
import type { SendMail } from '../mail.ts';

const NOTICES_AT_ONCE = 500;
const RECIPIENTS_MAX = 20;

/** Mails the notices that were not mailed yet, one mail for all of somebody's keys. What can not be sent waits for the next day. */
export async function mailNotices(app: App, send: SendMail, at: number, stopping?: AbortSignal): Promise<void> {
  for (;;) {
    const notices = await app.store.transact(async tx => {
      await lockChanges(tx, app.store);
      return takeUnmailed(tx, at, NOTICES_AT_ONCE);
    });
    if (notices.length === 0) return;
    const letters = await lettersFor(app, notices);
    for (const [index, letter] of letters.entries()) {
      if (stopping?.aborted) return putBack(app, letters.slice(index));
      try {
        await send({ to: letter.to, ...wordsOf(letter, app.origin()) });
      } catch (error) {
        // A letter that is refused is refused tomorrow too; a server that does not answer may do so then.
        if (isRefusal(error)) app.log.warn({ reason: error.message }, 'a notice was refused by the mail server');
        else {
          await putBack(app, letters.slice(index));
          throw error;
        }
      }
    }
  }
}

/** Codes of nodemailer for what the server says of one sender, recipient or text. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(EENVELOPE|EMESSAGE)$/.test(String(error.code));
}

async function putBack(app: App, letters: readonly Letter[]): Promise<void> {
  await app.store.transact(async tx => {
    for (const notice of letters.flatMap(({ notices }) => notices)) await markMailed(tx, notice, false);
  });
}

interface Letter {
  to: string[];
  notices: UnmailedNotice[];
}

/** To the member whose key it is, or to those who administer the account of the service account. */
async function lettersFor(app: App, notices: readonly UnmailedNotice[]): Promise<Letter[]> {
  const letters = new Map<string, Letter>();
  const administrators = new Map<string, string[]>();
  for (const notice of notices) {
    const { account, owner } = notice;
    let to = owner.email === null ? administrators.get(account.id) : [owner.email];
    if (to === undefined) {
      to = await administratorEmails(app.store.db, account.id, RECIPIENTS_MAX);
      administrators.set(account.id, to);
    }
    const whose = `${account.id} ${owner.email ?? ''}`;
    const letter = letters.get(whose);
    if (letter !== undefined) letter.notices.push(notice);
    else if (to.length > 0) letters.set(whose, { to, notices: [notice] });
  }
  return [...letters.values()];
}

/** Names and ids only: a mail is no place for secrets, and none is known here. */
function wordsOf({ notices }: Letter, origin: string): { subject: string; text: string } {
  const account = notices[0]?.account.name ?? '';
  const one = notices.length === 1;
  const lines = notices.map(lineOf);
  return {
    subject: `${one ? 'An access key' : `${notices.length} access keys`} of ${account} will stop working`,
    text: [
      `${one ? 'This access key' : 'These access keys'} of ${account} will stop working:`,
      ...lines,
      `Use a key that is unused, and it stays. A key that expires needs a new expiry, or a new key in its place:\n${origin}/access-keys`,
    ].join('\n\n'),
  };
}

function lineOf({ key, name, kind, dueAt, owner }: UnmailedNotice): string {
  const what = name === null ? key : `${name} (${key})`;
  const day = new Date(dueAt).toISOString().slice(0, 10);
  const why = kind === 'idle' ? `is unused and will be deactivated on ${day}` : `expires on ${day}`;
  return `- ${what} of ${owner.name} ${why}.`;
}
