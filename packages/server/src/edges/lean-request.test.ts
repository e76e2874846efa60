import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { LeanRequest } from './lean-request.ts';

describe('lean requests', () => {
  test('a body comes as a whole, however it was cut, and the next request on the connection is read', async t => {
    const server = await start(t);
    const parts = ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-', 'Length: 11\r\n\r\nhell', 'o ', 'world'];
    for (const part of parts) {
      server.socket.write(part);
      await setImmediate();
    }
    await server.seen(/took 11: hello world/);
    server.socket.write('POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok');
    await server.seen(/took 2: ok/);
    server.socket.write('GET /headers HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\n');
    await server.seen(/{"host":"a","x-one":"1"}/);
  });

  test('requests behind each other in one packet are answered in turn', async t => {
    const server = await start(t);
    const one = (text: string) =>
      `POST /v1/verify HTTP/1.1\r\nHost: a\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    server.socket.write(`${one('a')}${one('bc')}GET /headers HTTP/1.1\r\nHost: b\r\n\r\n${one('def')}`);
    await server.seen(/took 1: a.*took 2: bc.*{"host":"b"}.*took 3: def/s);
  });

  test('handed on, it is a request like any other, with its headers and its stream', async t => {
    const server = await start(t);
    server.socket.write(
      'POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    await server.seen(/streamed abcde of {"host":"a","transfer-encoding":"chunked"}/);
    server.socket.write('POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nfgh');
    await server.seen(/streamed fgh of {"host":"a","content-length":"3"}/);
  });

  test('who waits for leave to send the body gets it', async t => {
    const server = await start(t);
    server.socket.write('POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
    await server.seen(/100 Continue/);
    server.socket.write('ok');
    await server.seen(/took 2: ok/);
  });

  test('HTTP/1.0 is answered and closed', async t => {
    const server = await start(t);
    server.socket.write('POST /v1/verify HTTP/1.0\r\nContent-Length: 2\r\n\r\nok');
    await server.seen(/took 2: ok/);
    await once(server.socket, 'close');
  });

  test('a body that is broken off is never handed over', async t => {
    const server = await start(t);
    server.socket.write('POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello');
    await server.asked();
    server.socket.destroy();
    await server.closed();
    assert.deepEqual(server.taken, []);
  });
});

async function start(t: { after(fn: () => void): void }) {
  const taken: string[] = [];
  const server = createServer(
    { IncomingMessage: LeanRequest, optimizeEmptyRequests: true, requireHostHeader: false },
    (request, response) => {
      if (request.url === '/v1/verify') {
        request.takeBody(body => {
          taken.push(body.toString());
          response.end(`took ${body.length}: ${body}`);
        });
        return;
      }
      const { headers } = request.handOn();
      if (request.url === '/headers') response.end(JSON.stringify(headers));
      else
        request.toArray().then(parts => response.end(`streamed ${Buffer.concat(parts)} of ${JSON.stringify(headers)}`));
    },
  );
  const asked = once(server, 'request');
  const connected = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // of TCP
  const socket = connect(port, '127.0.0.1');
  const [other] = (await connected) as [Socket];
  const closed = new Promise<void>(resolve => other.on('close', () => resolve()));
  t.after(() => {
    socket.destroy();
    server.close();
  });
  let text = '';
  socket.on('data', chunk => {
    text += chunk;
  });
  return {
    socket,
    taken,
    asked: () => asked,
    closed: () => closed,
    async seen(pattern: RegExp) {
      while (!pattern.test(text)) await once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
      text = '';
    },
  };
}
