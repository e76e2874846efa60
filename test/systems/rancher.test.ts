import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AccessKey, OutputOf } from '@keywright/contract';
import type { Page } from 'playwright-core';
import { problemsOf } from '../console/inspect.ts';
import { type Act, acting, verdict } from '../operations/acting.ts';
import { ask, type Carried, rest, signIn } from '../operations/http.ts';
import { makeWorld, type World } from '../operations/world.ts';
import { emailOf } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';

/** Rancher 1.x, API & Keys of a project: what its users did at the endpoint, by HTTP and in the browser's address bar. */
describe('API & Keys of a project', () => {
  const opened = new AsyncDisposableStack();
  let world: World;
  let act: Act;
  /** A member who is signed in, as the console is. */
  let cookie: string;
  let project: string;
  let other: string;
  before(async () => {
    world = opened.use(await makeWorld('sqlite'));
    act = acting(world.app, world.home.callers.owner);
    cookie = await signIn(world.running.url, emailOf('Home', 'member'));
    project = world.home.project;
    other = (await act('createProject', { name: 'Other' })).id;
  });
  after(() => opened.disposeAsync());

  const endpoint = () => `${world.running.url}/v1/projects/${project}`;
  const newKey = async (name = 'Builds') =>
    (await rest(world.running.url, 'createAccessKey', { name }, { cookie, project }))
      .body as unknown as OutputOf<'createAccessKey'>; // what the contract says of the answer
  const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
  const statusAt = async (address: string, key: OutputOf<'createAccessKey'>) =>
    (await ask(address, { headers: basic(key.key, key.secret) })).status;

  test('N2 a key made at the endpoint works for that project only', async () => {
    const made = await newKey();
    assert.equal(made.project, project);
    assert.equal(await statusAt(endpoint(), made), 200);
    assert.equal(await statusAt(`${endpoint()}/access-keys`, made), 200);
    for (const path of [`/projects/${other}`, `/projects/${other}/access-keys`, '/access-keys', '/members']) {
      const { status, body } = await ask(`${world.running.url}/v1${path}`, { headers: basic(made.key, made.secret) });
      assert.deepEqual([status, body.code], [403, 'project_mismatch'], path);
    }
    assert.equal(await verdict(world.app, made.token, { project }), 'allowed');
    assert.equal(await verdict(world.app, made.token, { project: other }), 'project_mismatch');
    assert.equal(await verdict(world.app, made.token), 'project_mismatch');
    const gateway = async (id: string) =>
      (await fetch(`${world.running.url}/v1/projects/${id}/auth`, { headers: basic(made.key, made.secret) })).status;
    assert.deepEqual([await gateway(project), await gateway(other)], [204, 403]);
  });

  test('N3 a new key takes name and description, and shows key and secret once', async () => {
    const input = { name: 'Catalogue', description: 'Reads the catalogue' };
    const made = await rest(world.running.url, 'createAccessKey', input, { cookie, project });
    assert.equal(made.status, 201);
    assert.deepEqual([made.body.name, made.body.description], [input.name, input.description]);
    const { secret, token } = made.body;
    assert.match(String(secret), /^[0-9A-Za-z]{40}$/);
    const carried: Carried = { cookie, project };
    const shown = [
      (await rest(world.running.url, 'getAccessKey', { key: String(made.body.key) }, carried)).body,
      (await rest(world.running.url, 'listAccessKeys', {}, carried)).body,
      (await rest(world.running.url, 'listEvents', {}, { cookie })).body,
    ];
    for (const text of shown.map(body => JSON.stringify(body))) {
      assert.ok(text.includes('Catalogue'));
      assert.ok(!text.includes(String(secret)) && !text.includes(String(token)));
    }
  });

  test('N4 the endpoint asks for access key and secret', async () => {
    const made = await newKey();
    const asked = await fetch(endpoint());
    assert.equal(asked.status, 401);
    assert.match(asked.headers.get('www-authenticate') ?? '', /^Basic realm="Keywright", charset="UTF-8"/);
    await asked.text();
    assert.equal(await statusAt(endpoint(), made), 200);
    assert.equal(await statusAt(endpoint(), { ...made, secret: `${made.secret.slice(0, -1)}!` }), 401);
  });

  test('N4 in the browser: user name and password, then readable, linked JSON', async () => {
    const made = await newKey('Shown in the browser');
    const browser = opened.use(await startChromium());
    const httpCredentials = { username: made.key, password: made.secret };
    const context = opened.use(await browser.newContext({ httpCredentials }));
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', message => complaints.push(message.text()));
    const answer = await page.goto(endpoint());
    assert.equal(answer?.status(), 200);
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Get one project');
    assert.deepEqual(await problemsOf(page), []);
    await follow(page, `${endpoint()}/access-keys`);
    assert.match((await page.locator('pre').first().textContent()) ?? '', /"Shown in the browser"/);
    await follow(page, made.key);
    assert.equal(new URL(page.url()).pathname, `/v1/projects/${project}/access-keys/${made.key}`);
    const shown: AccessKey = JSON.parse((await page.locator('pre').first().textContent()) ?? '');
    assert.deepEqual([shown.key, shown.name, shown.project], [made.key, 'Shown in the browser', project]);
    assert.deepEqual(await problemsOf(page), []);
    assert.deepEqual(complaints, []);
  });

  test('N4 in the browser: a wrong secret, and a project of another key, are told in words', async () => {
    const made = await newKey();
    const browser = opened.use(await startChromium());
    const wrong = opened.use(await browser.newContext({ httpCredentials: { username: made.key, password: 'wrong' } }));
    const refused = await wrong.newPage();
    assert.equal((await refused.goto(endpoint()))?.status(), 401);
    assert.match((await refused.locator('main').textContent()) ?? '', /Load this page again and give an access key/);
    const right = opened.use(
      await browser.newContext({ httpCredentials: { username: made.key, password: made.secret } }),
    );
    const elsewhere = await right.newPage();
    assert.equal((await elsewhere.goto(`${world.running.url}/v1/projects/${other}`))?.status(), 403);
    assert.match((await elsewhere.locator('main').textContent()) ?? '', /works for its own project only/);
    assert.deepEqual(await problemsOf(elsewhere), []);
  });

  test('N6 active → deactivate; inactive → activate or delete; the state stands on the key', async () => {
    const { key, ...made } = await newKey();
    const at = { cookie, project };
    const change = async (name: 'deactivateAccessKey' | 'activateAccessKey' | 'deleteAccessKey') => {
      const { status, body } = await rest(world.running.url, name, { key }, at);
      return [status, body.state ?? body.code ?? body.done];
    };
    assert.deepEqual(await change('deleteAccessKey'), [409, 'conflict']);
    assert.deepEqual(await change('deactivateAccessKey'), [200, 'inactive']);
    assert.equal(await statusAt(endpoint(), { key, ...made }), 401);
    assert.deepEqual(await change('activateAccessKey'), [200, 'active']);
    assert.equal(await statusAt(endpoint(), { key, ...made }), 200);
    await change('deactivateAccessKey');
    assert.deepEqual(await change('deleteAccessKey'), [200, true]);
    assert.equal((await rest(world.running.url, 'getAccessKey', { key }, at)).status, 404);
  });

  test('N7 editing changes name and description; key and secret never change', async () => {
    const made = await newKey();
    const at = { cookie, project };
    const edit = { key: made.key, name: 'Renamed', description: 'Said anew' };
    const { status, body } = await rest(world.running.url, 'updateAccessKey', edit, at);
    assert.deepEqual([status, body.key, body.name, body.description], [200, made.key, 'Renamed', 'Said anew']);
    assert.equal(await statusAt(endpoint(), made), 200);
    for (const field of ['secret', 'token', 'project']) {
      const asked = { key: made.key, [field]: 'another' };
      const refused = await rest(world.running.url, 'updateAccessKey', asked, at);
      assert.deepEqual([refused.status, refused.body.code], [422, 'invalid_value'], field);
    }
  });
});

async function follow(page: Page, text: string): Promise<void> {
  await page
    .getByRole('link', { name: `"${text}"` })
    .first()
    .click();
  await page.waitForLoadState();
}
