import { createServer } from 'node:http';

/**
 * The limit: `node:http` with the same answers and nothing behind them. Run as `node bench/bare.ts PORT BODY`, where BODY is the
 * JSON that a verify answers.
 */
const [port, body = ''] = process.argv.slice(2);

const identity = [
  'X-Key-Id',
  'KWAAAAAAAAAAAAAAAAAA',
  'X-Key-Owner',
  'mem_aaaaaaaaaaaaaaaaaaaa',
  'X-Key-Account',
  'acc_aaaaaaaaaaaaaaaaaaaa',
  'X-Key-Project',
  '',
  'X-Key-Permission',
  'read_write',
];
const length = String(Buffer.byteLength(body));
const verified = [
  'Content-Type',
  'application/json; charset=utf-8',
  'Content-Length',
  length,
  'Cache-Control',
  'no-store',
];

createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(204, identity).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, verified).end(body);
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
