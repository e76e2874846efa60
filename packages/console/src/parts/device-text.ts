/** Browsers by the product that stands for them; the first of the list that is there wins, because most name others as well. */
const BROWSERS = {
  Edg: 'Edge',
  EdgA: 'Edge',
  EdgiOS: 'Edge',
  OPR: 'Opera',
  Vivaldi: 'Vivaldi',
  SamsungBrowser: 'Samsung Internet',
  Firefox: 'Firefox',
  FxiOS: 'Firefox',
  HeadlessChrome: 'Headless Chrome',
  Chrome: 'Chrome',
  CriOS: 'Chrome',
  Safari: 'Safari',
};

/** What browsers name beside themselves. */
const BESIDE = ['Gecko', 'Version', 'Mobile'];

const SYSTEMS = {
  iPhone: 'iOS',
  iPad: 'iPadOS',
  Android: 'Android',
  'Windows NT': 'Windows',
  CrOS: 'ChromeOS',
  Macintosh: 'macOS',
  Linux: 'Linux',
};

const SHAPE = /^Mozilla\/5\.0 \(([^()]+)\) (?:AppleWebKit\/\S+ \(KHTML, like Gecko\) )?([^()]+)$/;

/** `Chrome on Linux`. A user agent of another shape, or with a word more than those known here, stays as it is: a program can call itself anything. */
export function deviceText(userAgent: string): string {
  const [, about = '', rest = ''] = SHAPE.exec(userAgent) ?? [];
  const products = rest.split(' ').map(product => product.split('/', 1)[0] ?? '');
  if (products.some(product => !Object.hasOwn(BROWSERS, product) && !BESIDE.includes(product))) return userAgent;
  const browser = firstOf(BROWSERS, name => products.includes(name));
  const system = firstOf(SYSTEMS, name => about.includes(name));
  return browser && system ? `${browser} on ${system}` : userAgent;
}

/** The word for the first name that is there. */
function firstOf(words: Record<string, string>, isThere: (name: string) => boolean): string | undefined {
  return Object.entries(words).find(([name]) => isThere(name))?.[1];
}
