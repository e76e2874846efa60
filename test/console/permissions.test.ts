import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import type { Locator, Page } from 'playwright-core';
import { grantText, permissionText } from '../../packages/console/src/permissions/permission-text.ts';
import { callOf, makeKey, type TestAccount, type TestApp } from '../support/app.ts';
import { type ComeIn, openConsole } from './open-console.ts';
import { button, dialog, openMenu, type Person, row, see, seeCount, seeGone, tellPages, textIn } from './steps.ts';

const read = { id: 'GET /a', method: 'GET', path: '/a', summary: null, tag: 'alpha', reads: true };
const write = { id: 'POST /a', method: 'POST', path: '/a', summary: null, tag: 'alpha', reads: false };

/** What a grant means, in words. */
const WORDS: [Parameters<typeof grantText>[0], string][] = [
  ['read_write', 'reads and changes everything'],
  ['read_only', 'reads everything, changes nothing'],
  [['GET /a'], '1 of 2 endpoints, which only reads, in alpha'],
  [['POST /a'], '1 of 2 endpoints, which changes something (POST /a), in alpha'],
  [['GET /a', 'POST /a'], '2 of 2 endpoints, 1 of which changes something (POST /a), in alpha'],
  [['GET /gone'], '0 of 2 endpoints'],
];

describe('permissions in words', () => {
  for (const [grant, words] of WORDS) {
    test(words, () => assert.equal(grantText(grant, [read, write]), words));
  }

  test('APIs without a grant are summed up as nothing else', () => {
    const apis = [
      { id: 'a', name: 'Orders' },
      { id: 'b', name: 'Customers' },
    ];
    const grants = { a: 'read_only', b: [] } as const;
    assert.deepEqual(permissionText({ permission: 'restricted', grants }, apis), [
      'Orders: reads everything, changes nothing.',
      'Nothing else.',
    ]);
  });
});

const isInTime = (ms: number) => ms < 500;

/** As many operations as GitHub has, and the rules that bound what can be chosen. */
describe('permissions in the console', () => {
  const opened = new AsyncDisposableStack();
  let app: TestApp;
  let acme: TestAccount;
  let comeIn: ComeIn;
  let api: string;
  let person: Person;
  let page: Page;

  before(async () => {
    ({ app, acme, comeIn } = opened.use(await openConsole()));
    const as = callOf(acme.callers.owner);
    api = (await run(app.app, 'createApi', { name: 'GitHub' }, as)).id;
    await run(app.app, 'importApi', { api, document: await operationsOfGitHub(), apply: true }, as);
    person = await comeIn('owner');
    page = person.page;
    await page.goto('/profile/access-keys');
  });
  afterEach(context => tellPages(context, person));
  after(() => opened.disposeAsync());

  test('1,223 endpoints are chosen by group, by search and by method', async () => {
    const form = await openForm();
    await choiceAt(form, 'GitHub', 'Restricted');
    await see(form.getByText('0 of 1,223 endpoints chosen.'));
    await form.getByRole('checkbox', { name: 'All of issues' }).check();
    await see(form.getByText(/^5\d of 1,223 endpoints chosen\.$/));
    await form.getByRole('checkbox', { name: 'All of issues' }).uncheck();
    await search(form, 'labels for');
    await form.getByLabel('Method').selectOption('GET');
    await see(form.getByText('List labels for an issue'));
    await seeCount(form.getByRole('checkbox', { name: /^(POST|PUT|PATCH|DELETE)/ }), 0);
    await form.getByRole('checkbox', { name: /^All that fit/ }).check();
    await search(form, '');
    await form.getByLabel('Method').selectOption('All methods');
    await form.getByLabel('Only chosen').check();
    await see(form.getByText('List labels for an issue'));
    assert.equal(await form.getByRole('checkbox', { name: /^(POST|PUT|PATCH|DELETE)/ }).count(), 0);
    await see(form.getByRole('status', { name: 'What the key may do' }).filter({ hasText: 'all of which only read' }));
    await form.getByLabel('Name', { exact: true }).fill('label reader');
    await button(form, 'Create access key').click();
    await button(page, 'I have stored the secret').click();
    await page.getByRole('link', { name: 'label reader' }).click();
    await see(dialog(page, 'label reader').getByText(/^GitHub: \d of 1,223 endpoints, all of which only read/));
    await button(dialog(page, 'label reader'), 'Close').click();
  });

  test('a search among 1,223 endpoints is drawn within half a second on a machine that runs all tests at once', async () => {
    const took: number[] = [];
    // Much else may run on the machine: what it can do shows in the best of three, each in a form of its own.
    while (took.length < 3 && !took.some(isInTime)) {
      const form = await openForm();
      await choiceAt(form, 'GitHub', 'Restricted');
      const field = form.getByRole('searchbox', { name: 'Search endpoints of GitHub' });
      await see(field);
      const ms = await field.evaluate(async input => {
        const start = performance.now();
        // React listens to the setter of the prototype.
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, 'repos');
        input.dispatchEvent(new Event('input', { bubbles: true }));
        while (!document.body.textContent?.includes('All that fit')) {
          await new Promise(resolve => requestAnimationFrame(resolve));
        }
        return performance.now() - start;
      });
      took.push(ms);
      await button(form, 'Cancel').click();
      await seeGone(form);
    }
    assert.ok(took.some(isInTime), `it took ${took} ms`);
  });

  test('what the API does not have any more stays with the key until it is taken away', async () => {
    const gone = 'GET /no/longer/there';
    const as = callOf(acme.callers.owner);
    await run(app.app, 'createEndpoint', { api, method: 'GET', path: '/no/longer/there' }, as);
    const grants = { [api]: [gone, 'GET /'] };
    const { key } = await makeKey(app.app, acme.callers.owner, { name: 'old one', permission: 'restricted', grants });
    await app.app.store.transact(tx =>
      tx.deleteFrom('endpoints').where('api_id', '=', api).where('id', '=', gone).execute(),
    );
    await page.reload();
    await openMenu(page, 'old one');
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    const form = dialog(page, 'Edit access key');
    await see(form.getByText(gone));
    await form.getByRole('button', { name: 'Take them away' }).click();
    await seeGone(form.getByText(gone));
    await button(form, 'Save').click();
    await seeGone(form);
    const { grants: after } = await run(app.app, 'getAccessKey', { key }, as);
    assert.deepEqual(after, { [api]: ['GET /'] });
  });

  test('a preset shows which keys it touches before it is saved', async () => {
    await makeKey(app.app, acme.callers.owner, { name: 'too much' });
    await page.goto('/settings/key-policy');
    await button(page, 'Least privilege').click();
    await button(page, 'Save').click();
    const preview = dialog(page, 'What the change touches');
    await see(preview.getByText(/^too much KW\w{18} of Acme owner: has the permission Read\/Write$/));
    await see(preview.getByText(/^These keys keep their permission; .* one of: Restricted\. From/));
    assert.doesNotMatch(await textIn(preview), /read_|T\d\d:|\b0 access/);
    await button(preview, 'Cancel').click();
    await page.reload();
    await page.getByLabel('Keys per owner').fill('1');
    await button(page, 'Preview').click();
    await see(preview.getByText('1 owner', { exact: true }));
    await see(preview.getByText(/^Acme owner has \d+ access keys$/));
    await button(preview, 'Cancel').click();
    await page.reload();
    await button(page, 'Least privilege').click();
    assert.equal((await policy()).permissionsAllowed, null);
    await button(page, 'Save').click();
    await button(preview, 'Save the key policy').click();
    await seeGone(preview);
    assert.deepEqual((await policy()).permissionsAllowed, ['restricted']);
    assert.equal((await policy()).lifetimeDaysMax, 90);
  });

  test('permissions that the key policy does not allow can not be chosen', async () => {
    await page.goto('/profile/access-keys');
    const form = await openForm('Restricted');
    for (const name of ['Read/Write', 'Read only']) {
      assert.equal(await permission(form, name).isDisabled(), true);
    }
    await see(form.getByText('The key policy does not allow it.').first());
    await button(form, 'Cancel').click();
  });

  test('a project tightens the rules of its account, and is refused looser ones', async () => {
    await run(app.app, 'createProject', { name: 'Station' }, callOf(acme.callers.owner));
    await page.goto('/settings/key-policy');
    await page.getByLabel('Rules of').selectOption('Project Station');
    await see(page.getByText('All rules are those of the account.'));
    await page.getByLabel('Longest lifetime in days').fill('120');
    await button(page, 'Save').click();
    await see(page.getByText(/account/i).and(page.locator('[class*="error"]')));
    await page.getByLabel('Longest lifetime in days').fill('30');
    await button(page, 'Save').click();
    await see(page.getByText('1 of these rules is tighter than those of the account.'));
  });

  test('a notice stands on the row and in the panel of its key', async () => {
    await page.goto('/profile/access-keys');
    const { key } = await run(app.app, 'listAccessKeys', { text: 'too much' }, callOf(acme.callers.owner)).then(
      ({ items }) => items[0] ?? { key: '' },
    );
    const notice = { key, kind: 'idle', at: app.clock.at, due_at: app.clock.at + 7 * 86_400_000, mailed: 0 } as const;
    await app.app.store.transact(tx => tx.insertInto('key_notices').values(notice).execute());
    await page.reload();
    await see(row(page, 'Access keys', 'too much').getByText('Unused'));
    await page.getByRole('link', { name: 'too much' }).click();
    await see(dialog(page, 'too much').getByText(/Any use before then keeps it active/));
    assert.deepEqual(person.complaints, []);
  });

  async function openForm(choice = 'Restricted'): Promise<Locator> {
    await button(page, 'Create access key').click();
    const form = dialog(page, 'Create access key');
    await permission(form, choice).check();
    return form;
  }

  const permission = (form: Locator, name: string) =>
    form.getByRole('radiogroup', { name: 'Permission', exact: true }).getByRole('radio', { name, exact: true });

  async function choiceAt(form: Locator, name: string, choice: string): Promise<void> {
    await form
      .getByRole('radiogroup', { name: `Permission at ${name}` })
      .getByText(choice, { exact: true })
      .click();
  }

  async function search(form: Locator, text: string): Promise<void> {
    await form.getByRole('searchbox', { name: 'Search endpoints of GitHub' }).fill(text);
  }

  const policy = () => run(app.app, 'getKeyPolicy', {}, callOf(acme.callers.owner));
});

/** GitHub's document without what no endpoint needs: reading all of it is for the tests of the import. */
async function operationsOfGitHub(): Promise<string> {
  const file = import.meta.resolve('@octokit/openapi/generated/api.github.com.json');
  const { paths }: { paths: Record<string, Record<string, { summary: string; tags: string[] }>> } = JSON.parse(
    await readFile(new URL(file), 'utf8'),
  );
  const small = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([method, { summary, tags }]) => [method, { summary, tags }])),
  ]);
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'GitHub', version: '1' },
    paths: Object.fromEntries(small),
  });
}
