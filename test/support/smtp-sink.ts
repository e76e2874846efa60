import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface SunkMail {
  from: string;
  to: string[];
  /** Headers and body as they were sent. */
  text: string;
}

export interface SmtpSink extends AsyncDisposable {
  url: string;
  mails: SunkMail[];
  /** Addresses that are refused as recipients. */
  refused: Set<string>;
}

/** A server that speaks enough SMTP to take mail and keep it. Source: RFC 5321, 4.1. */
export async function smtpSink(): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const refused = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    converse(socket, mails, refused);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refused,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function converse(socket: Socket, mails: SunkMail[], refused: Set<string>): void {
  let mail: SunkMail = { from: '', to: [], text: '' };
  let inData = false;
  let pending = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  const hear = (line: string) => {
    if (inData) {
      if (line !== '.') mail.text += `${line.replace(/^\./, '')}\n`;
      else {
        inData = false;
        mails.push(mail);
        mail = { from: '', to: [], text: '' };
        say('250 taken');
      }
      return;
    }
    const [, verb = '', address = ''] = /^(\w+)(?:[^<]*<([^>]*)>)?/.exec(line) ?? [];
    if (verb === 'MAIL') mail.from = address;
    if (verb === 'RCPT' && refused.has(address)) return say('550 no such person');
    if (verb === 'RCPT') mail.to.push(address);
    inData = verb === 'DATA';
    say(inData ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 fine');
  };
  say('220 sink');
  socket.on('error', () => socket.destroy());
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
}
