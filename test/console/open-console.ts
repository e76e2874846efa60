import type { Role } from '@keywright/core';
import type { Config } from '@keywright/server';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import {
  type DatabaseKind,
  emailOf,
  makeAccount,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { startChromium } from '../support/chromium.ts';
import { enter, newPerson, type Person } from './steps.ts';

/** A server with the account Acme, and a browser for whoever comes in. */
export interface TestConsole extends AsyncDisposable {
  app: TestApp;
  acme: TestAccount;
  browser: Browser;
  comeIn: ComeIn;
}

/** Somebody at a browser of their own, signed in as the member of that role, or not at all. */
export type ComeIn = (role?: Role) => Promise<Person>;

export async function openConsole(
  options: BrowserContextOptions = {},
  kind: DatabaseKind = 'sqlite',
  change: Partial<Config> = {},
): Promise<TestConsole> {
  await using opening = new AsyncDisposableStack();
  const browser = opening.use(await startChromium());
  const app = opening.use(await startTestApp(kind, change));
  const acme = await makeAccount(app.app, 'Acme');
  const opened = opening.move();
  const comeIn: ComeIn = async role => {
    const person = opened.use(await newPerson(browser, app.url, options));
    if (role !== undefined) await enter(person, emailOf('Acme', role));
    return person;
  };
  return { app, acme, browser, comeIn, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
