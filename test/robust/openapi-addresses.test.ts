import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { KeywrightError, limits, parseNetwork } from '@keywright/core';
import { fetchDocument } from '../../packages/server/src/openapi-import/fetch-document.ts';
import { mayAskAt } from '../../packages/server/src/openapi-import/public-address.ts';

/** Documents are fetched from the internet only: the server must never be the way into its own network. */
const INTERNAL = [
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1'],
  ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::1', '3fff::1', 'fc00::1', 'fd00:ec2::254'],
  ...['fe80::1', 'fec0::1', 'ff02::1', '4000::1', 'fe80::1%eth0', 'localhost', ''],
];
const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '::ffff:8.8.8.8', '2606:4700::1111', '2a00::1'];

test('what is not of the internet is told from what is', () => {
  for (const address of INTERNAL) assert.equal(mayAskAt(address, []), false, address);
  for (const address of PUBLIC) assert.equal(mayAskAt(address, []), true, address);
});

test('an internal address is refused, however it is written', async () => {
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
  ];
  for (const host of [...hosts, '169.254.169.254', 'localhost', 'LOCALHOST', '①②⑦.0.0.1', '0'])
    await refuses(`http://${host}:9/openapi.json`, 'address');
  for (const url of ['file:///etc/passwd', 'ftp://example.com/x', 'gopher://x', 'data:,{}', 'x', '', '//host/x'])
    await refuses(url, 'url');
  await refuses('http://user:pass@example.com/', 'credentials');
});

const LOOPBACK = [parseNetwork('127.0.0.0/8'), parseNetwork('::1')].filter(network => network !== undefined);

test('allowed networks are fetched from, and each hop is looked at', async () => {
  await using site = await serve((request, response) => {
    const [path, to] = (request.url ?? '').slice(1).split('?to=');
    if (path === 'ok') response.end('{"openapi": "3.1.0"}');
    else if (path === 'to') response.writeHead(302, { location: decodeURIComponent(to ?? '') }).end();
    else if (path === 'loop') response.writeHead(302, { location: '/loop' }).end();
    else if (path === 'latin1') response.end(Buffer.from([0x61, 0xe9]));
    else if (path === 'zipped') response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    else if (path === 'huge') response.end(Buffer.alloc(limits.openapiBytesMax + 1, 32));
    else if (path === 'cut') response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy());
    else response.writeHead(404).end('secret words');
  });
  const to = (address: string) => `${site.url}/to?to=${encodeURIComponent(address)}`;
  assert.equal(await fetchDocument(`${site.url}/ok`, LOOPBACK), '{"openapi": "3.1.0"}');
  assert.equal(await fetchDocument(to('/ok'), LOOPBACK), '{"openapi": "3.1.0"}');
  await refuses(to('http://169.254.169.254/latest/meta-data'), 'address', LOOPBACK);
  await refuses(to('file:///etc/passwd'), 'url', LOOPBACK);
  await refuses(`${site.url}/loop`, 'redirects', LOOPBACK);
  await refuses(`${site.url}/latin1`, 'encoding', LOOPBACK);
  await refuses(`${site.url}/zipped`, 'encoding', LOOPBACK);
  await refuses(`${site.url}/huge`, 'size', LOOPBACK);
  await refuses(`${site.url}/cut`, 'unreachable', LOOPBACK);
  const error = await refuses(`${site.url}/missing`, 'status', LOOPBACK);
  assert.ok(!error.message.includes('secret'));
  await refuses(`${site.url}/ok`, 'address');
});

async function refuses(url: string, rule: string, allowed = LOOPBACK.slice(0, 0)): Promise<KeywrightError> {
  const error = await fetchDocument(url, allowed).then(
    text => assert.fail(`${url} answered ${text.slice(0, 100)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof KeywrightError, String(error));
  assert.deepEqual(
    [error.code, error.problems[0]?.field, error.problems[0]?.rule],
    ['invalid_value', 'url', rule],
    url,
  );
  return error;
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
