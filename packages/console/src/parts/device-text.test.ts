import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviceText } from './device-text.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const MAC = 'Macintosh; Intel Mac OS X 10_15_7';
const WINDOWS = 'Windows NT 10.0; Win64; x64';

describe('browser and system of a user agent', () => {
  const known: [string, string][] = [
    ['Chrome on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
    ['Chrome on Windows', `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
    ['Chrome on macOS', `Mozilla/5.0 (${MAC}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
    ['Chrome on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
    ['Chrome on Android', `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/141.0.0.0 Mobile Safari/537.36`],
    [
      'Chrome on iOS',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1',
    ],
    ['Headless Chrome on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/141.0.0.0 Safari/537.36`],
    ['Edge on Windows', `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`],
    ['Opera on Windows', `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0`],
    [
      'Samsung Internet on Android',
      `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    ],
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'],
    ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0'],
    ['Safari on macOS', `Mozilla/5.0 (${MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`],
    [
      'Safari on iPadOS',
      'Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
    ],
  ];
  for (const [words, userAgent] of known) test(words, () => assert.equal(deviceText(userAgent), words));

  const unknown: [string, string][] = [
    ['a program', 'curl/8.14.1'],
    ['nothing', ''],
    ['a browser of another name', `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36 Whale/4.33`],
    [
      'an application',
      `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Mail/2.1 Chrome/141.0.0.0 Electron/38.0 Safari/537.36`,
    ],
    [
      'a robot',
      `Mozilla/5.0 (Linux; Android 6.0.1) ${WEBKIT} Chrome/141.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)`,
    ],
    ['another system', `Mozilla/5.0 (X11; Haiku x86_64) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
    ['no browser', 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101'],
    ['the name of a method', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} toString/1.0 Chrome/141.0.0.0`],
  ];
  for (const [what, userAgent] of unknown) test(`${what} stays`, () => assert.equal(deviceText(userAgent), userAgent));
});
