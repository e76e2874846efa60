import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { enter, newPerson, signIn } from '../console/steps.ts';
import { emailOf, makeAccount, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';

let running: TestApp;
let browser: Browser;
before(async () => {
  running = await startTestApp();
  await makeAccount(running.app, 'Home');
  browser = await startChromium();
});
after(async () => {
  await browser.close();
  await running[Symbol.asyncDispose]();
});

test('a signed-in person asks with GraphiQL, which loads nothing from elsewhere and breaks no rule of its page', async () => {
  await using person = await newPerson(browser, running.url);
  const { page } = person;
  const elsewhere: string[] = [];
  page.on('request', request => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(running.url)) elsewhere.push(request.url());
  });
  await enter(person, emailOf('Home', 'owner'));
  await page.goto(`/graphql?query=${encodeURIComponent('{ whoami { via role } }')}`);
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.getByText('"session"').waitFor();
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(person.complaints, []);
});

test('who is not signed in comes back to GraphiQL after signing in', async () => {
  await using person = await newPerson(browser, running.url);
  const { page } = person;
  await page.goto('/graphql');
  await signIn(page, emailOf('Home', 'owner'), PASSWORD);
  await page.getByRole('button', { name: /^Execute query/ }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/graphql');
});
