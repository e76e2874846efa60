import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { parseNetwork } from '@keywright/core';
import { type Config, ConfigError, readConfig } from '@keywright/server';
import { startTestApp } from '../support/app.ts';
import { startNginx } from '../support/nginx.ts';

const TOKEN = 'of-whoever-collects-them';
const OTHERS_SENTENCE = /^Metrics are for this machine itself/;
const PROXY = parseNetwork('127.0.0.1');

describe('who may read /metrics', () => {
  test('by default this machine itself, whoever says nothing of a proxy or of another site', async () => {
    await using app = await startTestApp();
    assert.equal(await read(app.url), 200);
    for (const header of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'])
      await refused(app.url, { [header]: '203.0.113.24' });
    await refused(app.url, { origin: 'https://elsewhere.example' });
    await refused(app.url, { 'sec-fetch-site': 'cross-site' });
    const { port } = new URL(app.url);
    // A page of another site whose name was bound to this machine, and a proxy of old.
    assert.match(await raw(port, 'GET /metrics HTTP/1.1\r\nHost: elsewhere.example'), /^HTTP\/1\.1 403 /);
    assert.match(await raw(port, `GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:${port}`), /^HTTP\/1\.1 403 /);
    assert.match(await raw(port, `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}`), /^HTTP\/1\.1 200 /);
  });

  test('nobody who comes through an nginx that hides itself', async () => {
    await using app = await startTestApp();
    const location = `location / { proxy_pass ${app.url}; }`;
    await using nginx = await startNginx(port => `server { listen 127.0.0.1:${port}; ${location} }`);
    assert.equal((await fetch(`${nginx.url}/healthz`)).status, 200);
    await refused(nginx.url);
  });

  test('nobody of another machine', async t => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find(one => one?.family === 'IPv4' && !one.internal)?.address;
    if (address === undefined) return t.diagnostic('this machine has no address but its own');
    await using app = await startTestApp('sqlite', { host: '0.0.0.0' });
    const { port } = new URL(app.url);
    await refused(`http://${address}:${port}`);
    assert.equal(await read(`http://127.0.0.1:${port}`), 200);
  });

  test('where there is a proxy, nobody can tell: only the token counts', async () => {
    const behind: Partial<Config>[] = [
      { publicUrl: 'https://keys.example.com' },
      { trustedProxies: PROXY === undefined ? [] : [PROXY] },
    ];
    for (const config of behind) {
      await using app = await startTestApp('sqlite', { ...config, metricsToken: TOKEN });
      await refused(app.url);
      await refused(app.url, { authorization: `Bearer ${TOKEN}x` });
      await refused(app.url, { authorization: `Basic ${TOKEN}` });
      assert.equal(await read(app.url, { authorization: `Bearer ${TOKEN}` }), 200);
      assert.equal(await read(app.url, { authorization: `bearer ${TOKEN}`, 'x-forwarded-for': '203.0.113.24' }), 200);
    }
  });

  test('everybody or nobody, where the operator says so', async () => {
    await using open = await startTestApp('sqlite', { metrics: 'all' });
    assert.equal(await read(open.url, { 'x-forwarded-for': '203.0.113.24' }), 200);
    await using closed = await startTestApp('sqlite', { metrics: 'off', metricsToken: TOKEN });
    assert.equal(await read(closed.url, { authorization: `Bearer ${TOKEN}` }), 404);
  });

  test('settings that can not be used are one sentence', () => {
    assert.equal(readConfig({}, {}).metrics, 'loopback');
    assert.equal(readConfig({}, { KEYWRIGHT_METRICS_TOKEN: '' }).metricsToken, undefined);
    const wrong = { KEYWRIGHT_METRICS: 'yes', KEYWRIGHT_METRICS_TOKEN: 'short' };
    for (const [name, value] of Object.entries(wrong))
      assert.throws(
        () => readConfig({}, { [name]: value }),
        error => error instanceof ConfigError && error.message.startsWith(`${name} must be`),
      );
  });
});

async function read(url: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function refused(url: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(`${url}/metrics`, { headers });
  const { code, detail } = (await answer.json()) as Record<string, string>;
  assert.deepEqual([answer.status, code], [403, 'forbidden'], JSON.stringify(headers));
  assert.match(detail ?? '', OTHERS_SENTENCE);
  assert.match(detail ?? '', /KEYWRIGHT_METRICS_TOKEN/);
}

/** The answer to a head of one's own. */
async function raw(port: string, head: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.end(`${head}\r\nConnection: close\r\n\r\n`);
  return text(socket);
}
