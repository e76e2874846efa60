import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Act, acting } from './operations/acting.ts';
import { makeWorld, type World } from './operations/world.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
/** What a browser would run if it stood in a page as it is. */
const ATTACK = `</pre><script>alert(1)</script><img src=x onerror='alert(2)'>"&quot;`;

/** Every answer of the API as a page that a person can read: the same JSON, linked, without a script. */
describe('the HTML view of the API', () => {
  let world: World;
  let act: Act;
  let token: string;
  before(async () => {
    world = await makeWorld('sqlite');
    act = acting(world.app, world.home.callers.owner);
    ({ token } = await act('createAccessKey', { name: 'Caller' }));
  });
  after(() => world[Symbol.asyncDispose]());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(world.running.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const page = async (path: string, headers = {}) => (await get(path, { accept: BROWSER, ...headers })).text();

  const ACCEPT: [accept: string, type: 'html' | 'json'][] = [
    [BROWSER, 'html'],
    ['text/html', 'html'],
    ['TEXT/HTML', 'html'],
    ['text/*', 'html'],
    ['*/*;q=0.1, text/html;q=0.2', 'html'],
    ['text/html, application/json;q=0.9', 'html'],
    ['text/html;level=1', 'html'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/html, application/json', 'json'],
    ['text/html;q=0.5, application/json', 'json'],
    ['text/html;q=0.5, application/problem+json', 'json'],
    ['text/html;q=0', 'json'],
    ['text/html;q=2', 'json'],
    ['text/html;q=x', 'json'],
    ['image/png', 'json'],
    [',;=,', 'json'],
    [`text/html;q=0.1,${'a/b,'.repeat(2000)}*/*`, 'json'],
  ];
  for (const [accept, type] of ACCEPT) {
    test(`Accept: ${accept.slice(0, 60)} → ${type}`, async () => {
      for (const path of ['/v1/whoami', '/v1/nothing-here']) {
        const answer = await get(path, { accept });
        assert.match(answer.headers.get('content-type') ?? '', type === 'html' ? /^text\/html/ : /json/);
        assert.deepEqual([answer.headers.get('vary'), answer.headers.get('cache-control')], ['Accept', 'no-store']);
        await answer.text();
      }
    });
  }

  test('without Accept, and where something changes, it is JSON', async () => {
    const posted = await fetch(`${world.running.url}/v1/access-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: BROWSER },
    });
    assert.deepEqual([posted.status, posted.headers.get('vary')], [201, null]);
    assert.match(posted.headers.get('content-type') ?? '', /^application\/json/);
  });

  test('it holds the same JSON, and says what was asked', async () => {
    const { project } = world.home;
    const html = await page(`/v1/projects/${project}`);
    const shown = textOf(/<pre>(.*?)<\/pre>/s.exec(html)?.[1] ?? '');
    assert.deepEqual(JSON.parse(shown), await act('getProject', { project }));
    assert.match(html, /<h1>Get one project<\/h1>/);
    assert.ok(textOf(html).includes(`GET /v1/projects/${project} · 200 OK`));
  });

  test('ids and addresses of this server are links, others are not', async () => {
    const { project } = world.home;
    const { key } = await act('createAccessKey', { project, name: 'https://evil.example/v1/x', description: '//evil' });
    const owner = world.home.callers.owner.owner.id;
    assert.deepEqual(linksIn(await page(`/v1/access-keys/${key}`)), [
      '/v1/access-keys',
      `/v1/access-keys/${key}`,
      `/v1/access-keys/${key}`,
      `/v1/members/${owner}`,
      `/v1/members/${owner}`,
      `/v1/projects/${project}`,
      '/',
      '/docs',
      '/graphql',
    ]);
    const endpoint = `/v1/projects/${project}`;
    const links = linksIn(await page(endpoint));
    for (const path of ['', '/access-keys', '/members', '/apis']) assert.ok(links.includes(endpoint + path), path);
  });

  test('below the endpoint of a project, links stay there', async () => {
    const { project } = world.home;
    const made = await act('createAccessKey', { project, owner: world.home.serviceAccount });
    const html = await page(`/v1/projects/${project}/access-keys`, { authorization: `Bearer ${made.token}` });
    const links = linksIn(html);
    assert.ok(links.includes(`/v1/projects/${project}/access-keys/${made.key}`));
    assert.deepEqual(
      links.filter(link => link.startsWith('/v1') && !link.startsWith(`/v1/projects/${project}`)),
      ['/v1/projects'],
    );
  });

  test('the next page is a link that keeps the rest of the query', async () => {
    await act('createAccessKey', { name: 'paged & one' });
    await act('createAccessKey', { name: 'paged & two' });
    const first = await page('/v1/access-keys?text=paged+%26&limit=1&sort=name');
    const next = /rel="next" href="([^"]+)"/.exec(first)?.[1] ?? '';
    const second = textOf(await page(textOf(next)));
    assert.match(second, /paged & two/);
    assert.doesNotMatch(second, /paged & one|Next page/);
  });

  test('a problem is a page, too; 401 makes the browser ask for user name and password', async () => {
    const answer = await fetch(`${world.running.url}/v1/whoami`, {
      headers: { accept: BROWSER, 'sec-fetch-dest': 'document' },
    });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="Keywright"/);
    const html = await answer.text();
    assert.match(html, /<h1>Not signed in<\/h1>.*access key as user name and its secret as password/s);
    assert.ok(linksIn(html).includes('/docs#error-unauthenticated'));
    const absent = await get('/v1/nothing-here', { accept: BROWSER });
    assert.equal(absent.status, 404);
    assert.match(await absent.text(), /<h1>Not found<\/h1>/);
  });

  test('what people wrote is text, wherever it stands', async () => {
    const { id } = await act('createProject', { name: ATTACK, description: ATTACK });
    const { key } = await act('createAccessKey', { name: ATTACK.slice(0, 100), tags: [ATTACK.slice(0, 40)] });
    const pages = [`/v1/projects/${id}`, `/v1/access-keys/${key}`, '/v1/projects', '/v1/events'];
    const asked = [`/v1/projects?text=${encodeURIComponent(ATTACK)}`, `/v1/projects?${ATTACK.replaceAll(' ', '+')}`];
    for (const path of [...pages, ...asked, `/v1/${encodeURIComponent(ATTACK)}`, `/v1/x'y"z<b>?'"<i>`]) {
      const html = await page(path);
      assert.doesNotMatch(html, /<script|<img|<i>[^&]|onerror='/i, path);
    }
    assert.ok(textOf(await page(`/v1/projects/${id}`)).includes(JSON.stringify(ATTACK)));
  });

  test('the line for a terminal can not be broken out of', async () => {
    const html = await page(`/v1/projects?text='$(touch%20x)'`);
    assert.ok(textOf(html).includes(`/v1/projects?text=%27$(touch%20x)%27'`));
  });

  test('the policy lets nothing run, and only the one style in', async () => {
    const answer = await get('/v1/whoami', { accept: BROWSER });
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; style-src 'sha256-[\w+/]{43}='/);
    assert.doesNotMatch(policy, /unsafe|script-src/);
    assert.doesNotMatch(await answer.text(), / style=|<script/);
  });

  test('HEAD answers what GET would', async () => {
    const answer = await fetch(`${world.running.url}/v1/whoami`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}`, accept: BROWSER },
    });
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.equal(await answer.text(), '');
  });
});

/** The text that a browser would show. */
function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

function linksIn(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(match => match[1] ?? '');
}
