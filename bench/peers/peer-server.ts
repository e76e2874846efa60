import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { forwardAuth, jsonVerify, writeRequests } from '../requests.ts';
import { openBetterAuth } from './better-auth.ts';
import type { Peer } from './peer.ts';
import { openPrefixedApiKey } from './prefixed-api-key.ts';
import { openRedis } from './redis.ts';

/**
 * A peer as forward-auth and as JSON verify in a bare `node:http` server: `peer-server.ts PORT REQUESTS KIND [ARGUMENT]`. Writes the requests that it
 * can answer, of JSON beside those of forward-auth, then listens.
 */
const [port, requests = '', kind = '', argument] = process.argv.slice(2);

const OPEN: Record<string, () => Promise<Peer>> = {
  'better-auth': () => openBetterAuth(argument),
  'prefixed-api-key': openPrefixedApiKey,
  redis: () => openRedis(Number(argument)),
};

const peer = await OPEN[kind]?.();
if (peer === undefined) throw new Error(`there is no peer ${kind}`);
writeRequests(
  requests,
  peer.tokens.map(token => forwardAuth({ token })),
);

writeRequests(`${requests}.json`, peer.tokens.map(jsonVerify));

createServer(async (request, response) => {
  try {
    if (request.method === 'POST') return await answerJson(request, response);
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const allowed = token !== '' && (await peer.verify(token));
    response.writeHead(allowed ? 204 : 401).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(Number(port), '127.0.0.1');

async function answerJson(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { credential } = (await json(request)) as { credential: string }; // as jsonVerify writes it
  const body = JSON.stringify({ allowed: await peer?.verify(credential) });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }).end(body);
}
