import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Client } from 'pg';
import { startChromium } from './chromium.ts';
import { startNginx } from './nginx.ts';
import { freePort } from './ports.ts';
import { freshDatabase, startPostgres } from './postgres.ts';
import { until } from './until.ts';

test('two ports are never the same', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  assert.equal(new Set(ports).size, 50);
});

test('what was acknowledged is there after kill -9 of PostgreSQL', async () => {
  await using postgres = await startPostgres({ durable: true });
  const url = await postgres.createDatabase();
  const query = async (text: string) => {
    const client = new Client(url);
    client.on('error', () => {}); // the server is killed under it
    await client.connect();
    return client.query(text).finally(() => client.end());
  };
  await query('create table kept (n int)');
  await query('insert into kept values (7)');
  await postgres.kill();
  await assert.rejects(query('select 1'));
  await postgres.restart();
  assert.deepEqual((await query('select n from kept')).rows, [{ n: 7 }]);
});

test('each fresh database is empty, UTF-8 and its own', async () => {
  await using one = await freshDatabase();
  await using other = await freshDatabase();
  assert.notEqual(one.url, other.url);
  const client = new Client(one.url);
  await client.connect();
  const { rows } = await client.query('show server_encoding');
  await client.end();
  assert.deepEqual(rows, [{ server_encoding: 'UTF8' }]);
});

test('nginx serves its configuration', async () => {
  await using nginx = await startNginx(port => `server { listen 127.0.0.1:${port}; return 200 "port ${port}"; }`);
  const answer = await fetch(nginx.url);
  assert.equal(await answer.text(), `port ${nginx.port}`);
});

test('a broken configuration of nginx is shown', async () => {
  await assert.rejects(
    startNginx(() => 'nonsense;'),
    /unknown directive "nonsense"/,
  );
});

test('chromium shows a page', async () => {
  await using browser = await startChromium();
  const page = await browser.newPage();
  await page.setContent('<button>Press</button>');
  assert.equal(await page.getByRole('button').textContent(), 'Press');
});

test('nothing is left of a test process that is killed', async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(import.meta.resolve('./postgres.ts'))});
    const { tempFolder } = await import(${JSON.stringify(import.meta.resolve('./temp-folder.ts'))});
    const { url } = await startPostgres();
    console.log(JSON.stringify({ port: Number(new URL(url).port), folder: tempFolder().path }));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const { port, folder } = JSON.parse(String(line));
  assert.ok(await listens(port));
  child.kill('SIGKILL');
  await until(async () => !(await listens(port)), { what: 'PostgreSQL to end' });
  await until(() => !existsSync(folder), { what: 'its folders to go' });
});

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  return promise;
}
