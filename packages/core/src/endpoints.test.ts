import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileEndpoints, type EndpointMatcher, endpointId, endpointIdOf, whyNotTemplate } from './endpoints.ts';
import { limits } from './limits.ts';
import { reads } from './permission.ts';

/** A catalogue of `METHOD /template` lines. */
function catalogue(...lines: string[]): EndpointMatcher {
  return compileEndpoints(
    lines.map(line => {
      const [method = '', path = ''] = line.split(' ');
      return { id: endpointId(method, path), method, path, reads: reads(method) };
    }),
  );
}

const shop = catalogue(
  'GET /',
  'GET /orders',
  'POST /orders',
  'GET /orders/{order}',
  'GET /orders/{order}/lines/{line}',
  'GET /orders/search',
  'GET /a/{x}/c',
  'GET /a/b/d',
  'GET /{x}/b/e',
  'GET /files/{name}.json',
  'GET /files/{name}',
  'GET /tiles/{z}/{y}.{format}',
  'GET /compare/{base}...{head}',
  'GET /jobs/{job}:cancel',
  'GET /slash/',
  'GET /ids/{id}',
  'GET /ids/exportAll',
  'GET /ids/{name}.PDF',
  'GET /ids/all/',
  'GET /ids/{id}/{field}/',
  'GET /ids/{id}/Name',
  'GET /Case',
  'HEAD /heads',
  'GET /heads',
  'OPTIONS /options',
  'GET /only',
);

describe('what is found', () => {
  const rows: [request: string, id: string][] = [
    ['GET /', 'GET /'],
    ['GET /?a=/orders', 'GET /'],
    ['GET /orders', 'GET /orders'],
    ['GET /orders?x=1?y=2', 'GET /orders'],
    ['POST /orders', 'POST /orders'],
    ['GET /orders/search', 'GET /orders/search'],
    ['GET /orders/42', 'GET /orders/{}'],
    ['GET /orders/search2', 'GET /orders/{}'],
    ["GET /orders/a.b-c_d~e!$&'()*+,=:@", 'GET /orders/{}'],
    ['GET /orders/K%C3%B6ln%20S%C3%BCd', 'GET /orders/{}'],
    ['GET /orders/100%25', 'GET /orders/{}'],
    ['GET /orders/...x', 'GET /orders/{}'],
    ['GET /orders/__proto__', 'GET /orders/{}'],
    ['GET /orders/1/lines/2', 'GET /orders/{}/lines/{}'],
    ['GET /a/b/c', 'GET /a/{}/c'],
    ['GET /a/b/d', 'GET /a/b/d'],
    ['GET /a/b/e', 'GET /{}/b/e'],
    ['GET /files/a.json', 'GET /files/{}.json'],
    ['GET /files/a.json.json', 'GET /files/{}.json'],
    ['GET /files/a.txt', 'GET /files/{}'],
    ['GET /files/.json', 'GET /files/{}'],
    ['GET /Case', 'GET /Case'],
    ['GET /files/A.json', 'GET /files/{}.json'],
    ['GET /orders/ABC%2D1', 'GET /orders/{}'],
    ['GET /tiles/3/7.png', 'GET /tiles/{}/{}.{}'],
    ['GET /compare/main...fix', 'GET /compare/{}...{}'],
    ['GET /jobs/7:cancel', 'GET /jobs/{}:cancel'],
    ['GET /slash/', 'GET /slash/'],
    ['GET /ids/7', 'GET /ids/{}'],
    ['GET /ids/Export', 'GET /ids/{}'],
    ['GET /ids/exportAll', 'GET /ids/exportAll'],
    ['GET /ids/a.PDF', 'GET /ids/{}.PDF'],
    ['GET /ids/all/', 'GET /ids/all/'],
    ['GET /ids/7/Name', 'GET /ids/{}/Name'],
    ['GET /ids/7/size/', 'GET /ids/{}/{}/'],
    ['HEAD /heads', 'HEAD /heads'],
    ['HEAD /orders/7', 'GET /orders/{}'],
    ['OPTIONS /options', 'OPTIONS /options'],
  ];
  for (const [request, id] of rows) test(request, () => assert.equal(find(shop, request)?.id, id));
});

describe('tricks that match nothing', () => {
  const tricks: [name: string, request: string][] = [
    ['an unknown method', 'PATCH /orders'],
    ['a method in small letters', 'get /orders'],
    ['OPTIONS without an entry', 'OPTIONS /orders'],
    ['a trailing slash', 'GET /orders/'],
    ['a trailing slash that is missing', 'GET /slash'],
    ['a doubled slash in front', 'GET //orders'],
    ['a doubled slash behind', 'GET /orders//'],
    ['a doubled slash within', 'GET /orders//lines/1'],
    ['another case', 'GET /ORDERS'],
    ['another case of a capital', 'GET /case'],
    ['no slash in front', 'GET orders'],
    ['nothing', 'GET '],
    ['an absolute address', 'GET http://shop.example/orders'],
    ['a dot segment', 'GET /./orders'],
    ['two dots', 'GET /orders/../only'],
    ['two dots as a value', 'GET /orders/..'],
    ['one dot as a value', 'GET /orders/.'],
    ['three dots as a value', 'GET /orders/...'],
    ['encoded dots as a value', 'GET /orders/%2e%2e'],
    ['half encoded dots as a value', 'GET /orders/.%2E'],
    ['dots encoded twice', 'GET /orders/%252e%252e'],
    ['dots and a blank', 'GET /orders/..%20'],
    ['dots in full width', 'GET /orders/%EF%BC%8E%EF%BC%8E'],
    ['one character that is two dots', 'GET /orders/%E2%80%A5'],
    ['an encoded slash as a value', 'GET /orders/a%2Fb'],
    ['an encoded slash in small letters', 'GET /orders/a%2fb'],
    ['a slash encoded twice', 'GET /orders/a%252Fb'],
    ['a slash encoded three times', 'GET /orders/a%25252Fb'],
    ['a slash in full width', 'GET /orders/a%EF%BC%8Fb'],
    ['an overlong slash', 'GET /orders/a%C0%AFb'],
    ['a backslash as a value', 'GET /orders/a\\b'],
    ['an encoded backslash as a value', 'GET /orders/a%5Cb'],
    ['a backslash for a slash', 'GET /orders\\1'],
    ['an encoded slash for a slash', 'GET /orders%2F1'],
    ['an encoded letter of a literal', 'GET /%6Frders'],
    ['an encoded letter in a mixed segment', 'GET /jobs/7%3Acancel'],
    ['an encoded letter of a literal beside a parameter', 'GET /orders/%73earch'],
    ['a letter in full width of a literal beside a parameter', 'GET /orders/%EF%BD%93earch'],
    ['an encoded ending beside a parameter', 'GET /files/a%2Ejson'],
    ['a parameter of a segment', 'GET /orders;v=1'],
    ['a parameter of a value', 'GET /orders/1;v=1'],
    ['an encoded semicolon', 'GET /orders/1%3Bv=1'],
    ['dots with a parameter', 'GET /orders/..;/only'],
    ['a NUL', 'GET /orders/a\0b'],
    ['an encoded NUL', 'GET /orders/a%00'],
    ['an encoded line feed', 'GET /orders/a%0A'],
    ['an encoded DEL', 'GET /orders/a%7F'],
    ['a blank', 'GET /orders/a b'],
    ['only an encoded blank', 'GET /orders/%20'],
    ['a raw letter beyond ASCII', 'GET /orders/ü'],
    ['a raw look-alike of a slash', 'GET /orders∕1'],
    ['a lone surrogate', 'GET /orders/\ud800'],
    ['a broken escape', 'GET /orders/%zz'],
    ['half an escape', 'GET /orders/%2'],
    ['a lone percent sign', 'GET /orders/%'],
    ['a fragment', 'GET /orders#/only'],
    ['an encoded question mark in a literal', 'GET /orders%3Fx=1'],
    ['braces', 'GET /orders/{order}'],
    ['one segment more', 'GET /orders/1/2'],
    ['one segment less', 'GET /orders/1/lines'],
    ['a mixed segment without its value', 'GET /jobs/:cancel'],
    ['a mixed segment without its last value', 'GET /tiles/3/7.'],
    ['a mixed segment without its first value', 'GET /compare/...fix'],
    ['a name that every object has', 'GET /constructor'],
    ['the name of a sibling in capitals', 'GET /orders/SEARCH'],
    ['the name of a sibling with an encoded letter', 'GET /orders/%73earch'],
    ['the name of a sibling with an encoded capital', 'GET /orders/%53earch'],
    ['the end of a deeper sibling, encoded', 'GET /a/b/%63'],
    ['a sibling whose beginning is encoded', 'GET /%61/b/d'],
    ['a sibling in capitals half way', 'GET /a/B/d'],
    ['a mixed sibling whose ending is in capitals', 'GET /files/a.JSON'],
    ['a sibling with capitals in small letters', 'GET /ids/exportall'],
    ['a mixed sibling with capitals in small letters', 'GET /ids/a.pdf'],
    ['a sibling without its trailing slash', 'GET /ids/all'],
    ['a sibling with capitals and a trailing slash', 'GET /ids/7/name/'],
    ['a mixed sibling whose ending is encoded', 'GET /files/a.%6ason'],
    ['a mixed sibling in look-alikes', 'GET /jobs/7%EF%BC%9Acancel'],
    ['a very long value', `GET /orders/${'a'.repeat(limits.pathCharsMax)}`],
    ['very many segments', `GET ${'/a'.repeat(4000)}`],
    ['very many dots', `GET /${'../'.repeat(2000)}orders`],
  ];
  for (const [name, request] of tricks) {
    test(name, () => assert.equal(find(shop, request), undefined, request.slice(0, 80)));
  }
});

describe('templates', () => {
  const good = [
    '/',
    '/orders',
    '/orders/',
    '/orders/{}',
    '/{a}-{b}',
    '/f/{n}.json',
    '/v1/{name}:cancel',
    '/{a-b.c}/@me',
  ];
  for (const path of good) test(`${path} is one`, () => assert.equal(whyNotTemplate(path), undefined));
  const bad: [path: string, why: RegExp][] = [
    ['', /begin with a slash/],
    ['orders', /begin with a slash/],
    ['//orders', /doubled slash/],
    ['/orders//lines', /doubled slash/],
    ['/orders/..', /dots alone/],
    ['/./orders', /dots alone/],
    ['/{a}{b}', /between two parameters/],
    ['/orders?all', /no query/],
    ['/orders#all', /may hold/],
    ['/orders;v=1', /may hold/],
    ['/or%64ers', /may hold/],
    ['/ordér', /may hold/],
    ['/a b', /may hold/],
    ['/a\\b', /may hold/],
    ['/{a', /may hold/],
    ['/a}', /may hold/],
    ['/{a/b}', /may hold/],
    [`/${'a'.repeat(limits.templateCharsMax)}`, /at most/],
  ];
  for (const [path, why] of bad)
    test(`${path.slice(0, 40)} is none`, () => assert.match(whyNotTemplate(path) ?? '', why));

  test('the id is the same, whatever parameters are called', () => {
    assert.equal(endpointId('GET', '/a/{b}/c/{d}.{e}'), 'GET /a/{}/c/{}.{}');
    assert.equal(endpointId('GET', '/a/{x}/c/{y}.{}'), 'GET /a/{}/c/{}.{}');
    assert.equal(endpointIdOf('GET /a/{the b}/c/{d}.{}'), 'GET /a/{}/c/{}.{}');
  });

  test('a catalogue says whether a GET of it may write', () => {
    const entry = { id: 'GET /logout', method: 'GET', path: '/logout', reads: false };
    assert.ok(compileEndpoints([entry]).readsMayWrite);
    assert.ok(!shop.readsMayWrite);
    assert.equal(find(compileEndpoints([entry]), 'HEAD /logout')?.reads, false);
  });
});

/** Pieces of which honest and hostile paths are made alike. */
const PIECES = [
  '/',
  '//',
  'a',
  'b',
  'A',
  'orders',
  '.',
  '..',
  '...',
  '-',
  ':',
  '%2e',
  '%2E',
  '%2f',
  '%2F',
  '%5c',
  '%61',
  '%25',
  '2f',
];
const HOSTILE = [
  '%252f',
  '%00',
  '%3b',
  ';',
  '\\',
  '?',
  '#',
  '%',
  '%C0%AF',
  '%EF%BC%8F',
  '．',
  'ü',
  '\0',
  ' ',
  '{',
  '}',
  '__proto__',
];

test('nothing is matched beyond the template', () => {
  const segment = fc.constantFrom(
    'a',
    'b',
    'A',
    'orders',
    '{x}',
    '{x}',
    '{x}.b',
    'a-{x}',
    '{x}-{y}',
    '{x}...{y}',
    'a:b',
    'Orders',
    '{x}.B',
  );
  const templates = fc.uniqueArray(
    fc.tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '', '/')).map(templateOf),
    { minLength: 1, maxLength: 12 },
  );
  const path = fc.array(fc.constantFrom(...PIECES, ...HOSTILE), { maxLength: 12 }).map(parts => `/${parts.join('')}`);
  fc.assert(
    fc.property(templates, path, (paths, asked) => {
      const found = catalogue(...paths.map(one => `GET ${one}`)).find('GET', asked);
      if (found !== undefined) staysWithin(found.id.slice(4), asked.split('?', 1)[0] ?? '', paths);
    }),
    { numRuns: 20_000 },
  );
});

test('each template is found by what it means, beside all others', () => {
  // Never what a careless server takes for `a`, `b` or `d-{x}`.
  const value = fc.stringMatching(/^[a-ce-z0-9]([\w~-]|%20|%C3%BC){1,8}$/);
  const parts = fc.array(fc.constantFrom('a', 'b', 'A', '{x}', '{x}.c', 'd-{x}'), { minLength: 1, maxLength: 5 });
  const shape = fc.tuple(parts, fc.constantFrom('', '', '/')).map(templateOf);
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 20 }), value, (paths, text) => {
      const all = catalogue(...paths.map(path => `GET ${path}`));
      for (const path of paths) {
        const asked = path.replaceAll('{x}', text);
        const found = all.find('GET', asked);
        assert.ok(found !== undefined, asked);
        staysWithin(found.id.slice(4), asked, paths);
      }
    }),
    { numRuns: 2000 },
  );
});

function templateOf([parts, end]: [parts: string[], end: string]): string {
  return parts.length === 0 ? '/' : `/${parts.join('/')}${end}`;
}

/** Judged by other means than the matcher's: regular expressions, repeated decoding, and how browsers read the address. */
function staysWithin(template: string, path: string, all: readonly string[]): void {
  const values = new RegExp(`^${sourceOf(template)}$`).exec(path);
  assert.ok(values !== null, `${path} is no ${template}`);
  assert.equal(new URL(`http://host${path}`).pathname, path, 'a browser reads another path');
  for (const value of values.slice(1)) {
    let decoded = value;
    for (let times = 0; times < 4; times++) {
      decoded = decoded.replaceAll(/(?:%[0-9a-f]{2})+/gi, escapes =>
        Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
      );
      assert.doesNotMatch(decoded.normalize('NFKC'), /[/\\;\0]/, `${path} holds a second path`);
    }
  }
  for (const segment of path.split('/').slice(1, -1)) assert.doesNotMatch(segment, /^\.*$/, `${path} climbs`);
  const careless = decodeURIComponent(path).normalize('NFKC');
  for (const other of all.map(endpointIdOf)) {
    const fits = new RegExp(`^${sourceOf(other.replace(/\/$/, ''))}/?$`, 'i').test(careless);
    assert.ok(!fits || !comesFirst(other, template), `a careless server takes ${path} for ${other}`);
  }
}

function sourceOf(template: string): string {
  const texts = template.split('{}').map(text => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, '\\$&'));
  return texts.join('([^/]+)');
}

/** Whether servers try the one first: where they differ, it has more text. Of two that both have text and parameters either may be. */
function comesFirst(one: string, other: string): boolean {
  const [ones, others] = [one, other].map(path => path.toLowerCase().split('/')) as [string[], string[]]; // two
  const at = ones.findIndex((segment, n) => segment !== others[n]);
  const [first, second] = [ones, others].map(segments => rankOf(segments[at] ?? '')) as [number, number]; // two
  return first < second;
}

function rankOf(segment: string): number {
  if (segment === '{}') return 2;
  return segment.includes('{}') ? 1 : 0;
}

function find(matcher: EndpointMatcher, request: string) {
  const blank = request.indexOf(' ');
  return matcher.find(request.slice(0, blank), request.slice(blank + 1));
}
