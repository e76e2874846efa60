import { createServer } from 'node:http';
import { forwardAuth, writeRequests } from '../requests.ts';
import { openBetterAuth } from './better-auth.ts';
import type { Peer } from './peer.ts';
import { openPrefixedApiKey } from './prefixed-api-key.ts';
import { openRedis } from './redis.ts';

/**
 * A peer as forward-auth in a bare `node:http` server: `peer-server.ts PORT REQUESTS KIND [ARGUMENT]`. Writes the requests that it can answer,
 * then listens.
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

createServer(async (request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  try {
    const allowed = token !== '' && (await peer.verify(token));
    response.writeHead(allowed ? 204 : 401).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(Number(port), '127.0.0.1');
