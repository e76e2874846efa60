import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OutputOf } from '@keywright/contract';
import type { Role } from '@keywright/core';
import { readConfig, runDaily } from '@keywright/server';
import { type Act, actingAll } from '../operations/acting.ts';
import {
  DATABASES,
  emailOf,
  makeAccount,
  renewSessions,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.ts';

const DAY_MS = 86_400_000;
const FROM = 'Keywright <keys@example.com>';

for (const kind of DATABASES) {
  describe(`notices by mail on ${kind}`, () => {
    const opened = new AsyncDisposableStack();
    let running: TestApp;
    let sink: SmtpSink;
    let firm: TestAccount;
    let act: Record<Role, Act>;
    before(async () => {
      sink = opened.use(await smtpSink());
      running = opened.use(await startTestApp(kind, { mail: { server: sink.url, from: FROM } }));
      firm = await makeAccount(running.app, 'Firm');
      act = actingAll(running.app, firm);
    });
    after(() => opened.disposeAsync());

    const daily = () => runDaily(running.app, running.app.now());
    /** The mails since the last time, in the order of their recipients. */
    const mails = () => sink.mails.splice(0).toSorted((a, b) => (String(a.to) < String(b.to) ? -1 : 1));
    const expiring = async (role: Role, name: string | null, owner?: string): Promise<OutputOf<'createAccessKey'>> => {
      const expiresAt = new Date(running.app.now() + 10 * DAY_MS).toISOString();
      return act[role]('createAccessKey', { name, expiresAt, owner });
    };
    const live = async (days: number) => {
      running.clock.at += days * DAY_MS;
      await renewSessions(running.app, firm);
    };

    test('the member whose keys they are gets one mail for all of them, without any secret, and once', async () => {
      const made = [await expiring('member', 'Deploys'), await expiring('member', null)];
      await live(4);
      await daily();
      const [mail, ...more] = mails();
      assert.equal(more.length, 0);
      assert.deepEqual([mail?.from, mail?.to], ['keys@example.com', [emailOf('Firm', 'member')]]);
      const text = decoded(mail?.text ?? '');
      assert.match(text, /^Subject: 2 access keys of Firm will stop working$/m);
      const [first, second] = made;
      assert.ok(
        text.includes(`- Deploys (${first?.key}) of Firm member expires on ${first?.expiresAt?.slice(0, 10)}.`),
        text,
      );
      assert.ok(text.includes(`- ${second?.key} of Firm member expires`), text);
      assert.ok(text.includes(`${running.app.origin()}/access-keys`), text);
      for (const { secret, token } of made) assert.ok(!text.includes(secret) && !text.includes(token));
      await daily();
      await live(1);
      await daily();
      assert.deepEqual(mails(), []);
    });

    test('what is told of a service account goes to those who administer the account', async () => {
      await expiring('admin', 'Robot key', firm.serviceAccount);
      await live(4);
      await daily();
      const told = mails();
      assert.deepEqual(
        told.map(({ to }) => to),
        [[emailOf('Firm', 'admin')], [emailOf('Firm', 'owner')]],
      );
      for (const { text } of told) assert.match(decoded(text), /Robot key \(KW\w+\) of Firm robot expires on/);
    });

    test('an idle key is announced by mail too', async () => {
      await act.owner('updateKeyPolicy', { idleDaysMax: 30 });
      const { key } = await act.admin('createAccessKey', { name: 'Forgotten' });
      await live(23);
      await daily();
      const mail = mails().find(({ to }) => to[0] === emailOf('Firm', 'admin'));
      assert.match(
        decoded(mail?.text ?? ''),
        new RegExp(`Forgotten \\(${key}\\) of Firm admin is unused and will be deactivated on`),
      );
      await act.owner('updateKeyPolicy', { idleDaysMax: null });
    });

    test('a recipient who is refused keeps nobody else from being told', async () => {
      sink.refused.add(emailOf('Firm', 'admin'));
      for (const role of ['owner', 'admin', 'member'] as const) await expiring(role, role);
      await live(4);
      await daily();
      assert.deepEqual(
        mails().map(({ to }) => to[0]),
        [emailOf('Firm', 'member'), emailOf('Firm', 'owner')],
      );
      sink.refused.clear();
    });

    test('while the server can not be reached notices wait, and nothing else does', async () => {
      const { key } = await expiring('member', 'Waiting');
      await live(4);
      const server = `smtp://127.0.0.1:${await freePort()}`;
      const without = { ...running.app, config: { ...running.app.config, mail: { server, from: FROM } } };
      await assert.rejects(runDaily(without, running.app.now()), /ECONNREFUSED/);
      assert.equal((await act.member('getAccessKey', { key })).notice?.kind, 'expiring');
      await daily();
      assert.deepEqual(
        mails().map(({ to }) => to[0]),
        [emailOf('Firm', 'member')],
      );
    });

    test('a name that looks like a header is none', async () => {
      await act.owner('updateAccount', { name: 'Bcc: eve@example.com' });
      await expiring('member', 'x'.repeat(100));
      await live(4);
      await daily();
      const told = mails().map(({ to }) => to);
      assert.deepEqual(told, [[emailOf('Firm', 'member')]]);
    });
  });
}

describe('the settings of mail', () => {
  test('without SMTP_URL none is sent', () => {
    assert.equal(readConfig({}, {}).mail, undefined);
    assert.equal(readConfig({}, { SMTP_URL: '', KEYWRIGHT_MAIL_FROM: FROM }).mail, undefined);
  });

  test('both together say where and from whom', () => {
    const mail = readConfig({}, { SMTP_URL: 'smtps://user:pass@mail.example.com', KEYWRIGHT_MAIL_FROM: FROM }).mail;
    assert.deepEqual(mail, { server: 'smtps://user:pass@mail.example.com', from: FROM });
  });

  test('what can not be used is refused in one sentence that repeats no password', () => {
    for (const server of ['mail.example.com', 'https://user:hidden@mail.example.com', 'smtp:hidden@']) {
      const env = { SMTP_URL: server, KEYWRIGHT_MAIL_FROM: server.startsWith('smtp:') ? 'nobody' : FROM };
      assert.throws(
        () => readConfig({}, env),
        (error: Error) =>
          /^(SMTP_URL|KEYWRIGHT_MAIL_FROM) must/.test(error.message) && !error.message.includes('hidden'),
      );
    }
    for (const from of [undefined, '', 'nobody', 'a@b.example\r\nBcc: c@d.example'])
      assert.throws(
        () => readConfig({}, { SMTP_URL: 'smtp://mail.example.com', KEYWRIGHT_MAIL_FROM: from }),
        /KEYWRIGHT_MAIL_FROM/,
      );
  });
});

/** The lines of a mail as they were before they were cut for the way. Source: RFC 2045, 6.7. */
function decoded(mail: string): string {
  return mail
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
