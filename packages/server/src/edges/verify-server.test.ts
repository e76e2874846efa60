import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { VerifyServer } from './verify-server.ts';

const auth = (text = 'a') => `GET /v1/auth HTTP/1.1\r\nHost: a\r\nX-Text: ${text}\r\n\r\n`;
const post = (text: string) => `POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

describe('the lane for plain requests', () => {
  test('one after the other is answered on one connection, with what node:http would say', async t => {
    const { socket, seen } = await start(t);
    for (const text of ['one', 'two']) {
      socket.write(auth(text));
      const answer = await seen(/lane \w+$/);
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\nContent-Length: 8\r\nDate: \w{3}, .* GMT\r\n/);
      assert.match(answer, new RegExp(`Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nlane ${text}$`));
    }
  });

  test('HEAD has no body, but its length', async t => {
    const { socket, seen } = await start(t);
    socket.write(auth().replace('GET', 'HEAD'));
    assert.match(await seen(/\r\n\r\n/), /Content-Length: 6\r\n(?!.*lane)/s);
    socket.write(auth('next'));
    await seen(/lane next$/);
  });

  test('characters beyond ASCII go as UTF-8', async t => {
    const { socket, seen } = await start(t);
    socket.write(auth('wide'));
    await seen(/Content-Length: 13\r\n.*lane wide €$/s);
  });

  const handedOver: Record<string, [sent: string[], seen: RegExp]> = {
    'a body in very many parts': [
      ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\n', ...'abcdefghijklmnopqrstuvwxyz'],
      /http POST \/v1\/verify abcdefghijklmnopqrstuvwxyz$/,
    ],
    'another request that comes with the rest of one': [
      ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na', `b${auth('x')}`],
      /http POST \/v1\/verify ab.*http GET \/v1\/auth $/s,
    ],
    'a body in chunks': [
      ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', '0\r\n\r\n'],
      /http POST \/v1\/verify abc$/,
    ],
    'two requests in one packet': [
      [auth('a') + post('bc')],
      /http GET \/v1\/auth HTTP\/1\.1.*http POST \/v1\/verify bc$/s,
    ],
    'what the doors do not know': [['GET /v1/other HTTP/1.1\r\nHost: a\r\n\r\n'], /http GET \/v1\/other $/],
    'a wish for leave to send': [
      ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n', 'ok'],
      /100 Continue.*http POST \/v1\/verify ok$/s,
    ],
  };
  for (const [what, [parts, pattern]] of Object.entries(handedOver)) {
    test(`${what} is answered by node:http, as is all that follows, after plain ones on the same connection`, async t => {
      const { socket, seen, server } = await start(t);
      socket.write(auth('first'));
      await seen(/lane first$/);
      for (const part of parts) await writeHeard(server, socket, part);
      await seen(pattern);
      socket.write(auth('x'));
      await seen(/http GET \/v1\/auth $/);
    });
  }

  test('a request in pieces is answered when it is whole', async t => {
    const { socket, seen, server } = await start(t);
    for (const parts of [
      ['GET /v1/auth HTTP/1.1\r\nHo', 'st: a\r\nX-Text: in two\r\n\r', '\n'],
      ['POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n', 'hello ', 'world'],
    ]) {
      for (const part of parts) await writeHeard(server, socket, part);
      await seen(/lane in two$|length 11$/);
    }
  });

  test('what is not gone on with is left to node:http, after a time', async t => {
    const { socket, seen } = await start(t, 50);
    socket.write('GET /v1/auth HTTP/1.1\r\nHo');
    // In parts: while nothing runs, no tick is counted.
    for (let n = 0; n < 10; n++) await setTimeout(15);
    socket.write('st: a\r\n\r\n');
    await seen(/http GET \/v1\/auth $/);
  });

  test('a request that ends before it is whole is refused', async t => {
    const { socket, server } = await start(t);
    socket.end('GET /v1/auth HTTP/1.1\r\nHo');
    await once(socket, 'close');
    const refused = once(server, 'clientError');
    const other = await connected(server);
    other.socket.end('GET /v1/auth HTTP/1.1\r\nHo');
    const [error, asking] = await refused;
    assert.match(error.message, /ended before it was whole/);
    asking.end('refused');
    await other.seen(/refused$/);
  });

  test('while an answer is awaited the next request waits, and comes after it', async t => {
    const { socket, seen, later } = await start(t);
    socket.write(auth('later'));
    await later.asked;
    socket.write(auth('second'));
    await setImmediate();
    later.answer();
    await seen(/lane later.*lane second$/s);
  });

  test('what is no HTTP gets the answer of node:http', async t => {
    const { socket, seen } = await start(t);
    socket.write('nonsense\r\n\r\n');
    await seen(/^HTTP\/1\.1 400 Bad Request/);
  });

  test('who ends the own side gets the answer that is under way', async t => {
    const { socket, seen, later } = await start(t);
    socket.end(auth('later'));
    await later.asked;
    later.answer();
    await seen(/lane later$/);
    await once(socket, 'close');
  });

  test('who goes away while an answer is awaited harms nobody', async t => {
    const { socket, later, server } = await start(t);
    socket.write(auth('later'));
    await later.asked;
    socket.destroy();
    later.answer();
    const other = await connected(server);
    t.after(() => other.socket.destroy());
    other.socket.write(auth('still'));
    await other.seen(/lane still$/);
  });

  test('closing ends idle connections, and those with a request under way after its answer', async t => {
    const { socket, seen, later, server } = await start(t);
    const idle = await connected(server);
    idle.socket.write(auth('idle'));
    await idle.seen(/lane idle$/);
    socket.write(auth('later'));
    await later.asked;
    const closed = new Promise(resolve => server.close(resolve));
    await once(idle.socket, 'close');
    later.answer();
    await seen(/Connection: close\r\n\r\nlane later$/);
    await closed;
  });

  test('a connection that says nothing is closed in time', async t => {
    const { socket } = await start(t, 50);
    await once(socket, 'close');
  });

  test('who asks without reading is not heard on and on', async t => {
    const { socket, server, served } = await start(t);
    const isFull = () => server.sockets[0]?.writableNeedDrain === true;
    let asked = 0;
    // One at a time: two in one packet are for node:http.
    const ask = async () => {
      asked++;
      socket.write(auth('big'));
      while (served.count < asked && !isFull()) await setImmediate();
    };
    await ask();
    socket.pause();
    while (!isFull()) await ask();
    const before = served.count;
    if (before === asked) socket.write(auth('big'));
    for (let n = 0; n < 20; n++) await setImmediate();
    assert.equal(served.count, before);
    socket.resume();
    while (served.count === before) await once(socket, 'data');
  });
});

class Watched extends VerifyServer {
  readonly sockets: Socket[] = [];
}

async function start(t: TestContext, keepAliveTimeout = 5000) {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Answer>();
  const served = { count: 0 };
  const answerOf = (body: string): Answer => {
    const length = String(Buffer.byteLength(body));
    return { status: 200, headers: ['Content-Length', length], body };
  };
  const server = new Watched(
    { requireHostHeader: false },
    async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const text = request.rawHeaders.includes('X-Text') ? '' : body;
      response.end(`http ${request.method} ${request.url} ${text}`);
    },
    ({ url, rawHeaders, body }) => {
      served.count++;
      if (url === '/v1/verify') return answerOf(`length ${body.length}`);
      if (url !== '/v1/auth') return undefined;
      const text = rawHeaders[rawHeaders.indexOf('X-Text') + 1];
      if (text === 'big') return answerOf('a'.repeat(100_000));
      if (text === 'wide') return answerOf('lane wide €');
      if (text !== 'later') return answerOf(`lane ${text}`);
      asked.resolve();
      return answered.promise;
    },
  );
  server.on('connection', socket => server.sockets.push(socket));
  server.keepAliveTimeout = keepAliveTimeout;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { socket, seen } = await connected(server);
  t.after(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return {
    server,
    socket,
    seen,
    served,
    later: { asked: asked.promise, answer: () => answered.resolve(answerOf('lane later')) },
  };
}

/** Alone in its piece. */
async function writeHeard(server: Watched, socket: Socket, part: string): Promise<void> {
  const before = server.sockets[0]?.bytesRead ?? 0;
  socket.write(part);
  while (server.sockets[0]?.bytesRead === before) await setImmediate();
}

async function connected(server: VerifyServer) {
  const { port } = server.address() as AddressInfo; // of TCP
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let text = '';
  socket.on('data', chunk => {
    text += chunk;
  });
  return {
    socket,
    async seen(pattern: RegExp) {
      while (!pattern.test(text)) await once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
      const all = text;
      text = '';
      return all;
    },
  };
}
