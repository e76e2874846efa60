import { type Browser, chromium } from 'playwright-core';
import { findOrInstall } from './debian.ts';

const CHROMIUM = {
  title: 'Chromium',
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  folders: ['/usr/bin'],
  packages: ['chromium', 'fonts-liberation'],
};

/** Where the browser is on this machine; it is installed when it is lacking. */
export const chromiumPath = () => findOrInstall(CHROMIUM);

/** Quiet: nothing but what the tests ask for goes over the network. Tests may run as root, for whom there is no sandbox. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** A browser of this machine, driven by Playwright; `await using` closes it. With a port, other tools can drive it, too. */
export async function startChromium(debuggingPort?: number): Promise<Browser> {
  const port = debuggingPort === undefined ? [] : [`--remote-debugging-port=${debuggingPort}`];
  return await chromium.launch({ executablePath: await chromiumPath(), args: [...ARGS, ...port] });
}
