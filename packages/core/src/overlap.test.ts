import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileEndpoints, endpointId } from './endpoints.ts';
import { overlap, segmentsOf, shadows } from './overlap.ts';
import { foldPath } from './segment.ts';

describe('whether two templates fit a common path', () => {
  const rows: [one: string, other: string, doThey: boolean][] = [
    ['/', '/', true],
    ['/', '/{x}', false],
    ['/a', '/a', true],
    ['/a', '/b', false],
    ['/a', '/{x}', true],
    ['/a', '/a/', true],
    ['/a/', '/{x}', true],
    ['/', '/{x}/', false],
    ['/a/', '/a/{x}', false],
    ['/a/', '/{x}/', true],
    ['/a', '/a/{x}', false],
    ['/{x}', '/{y}', true],
    ['/a/{y}', '/{x}/b', true],
    ['/a/{y}/c', '/{x}/b/d', false],
    ['/a/{y}/c', '/{x}/b/{z}', true],
    ['/A/{x}', '/a/b', true],
    ['/Files/{x}.JSON', '/files/a.json', true],
    ['/{x}.json', '/a.json', true],
    ['/{x}.json', '/.json', false],
    ['/{x}.json', '/a.xml', false],
    ['/{x}.json', '/{y}', true],
    ['/{x}.json', '/{y}.xml', false],
    ['/{x}.json', '/{y}.min.json', true],
    ['/a-{x}', '/{y}-b', true],
    ['/a-{x}', '/b-{y}', false],
    ['/a-{x}', '/a-b-{y}', true],
    ['/{x}-{y}', '/{x}.{y}', true],
    ['/{x}-{y}', '/a-b', true],
    ['/{x}-{y}', '/-b', false],
    ['/{x}-{y}', '/a-', false],
    ['/{x}...{y}', '/a..b', false],
    ['/aa{x}aa', '/aaa', false],
    ['/aa{x}aa', '/aaaaa', true],
    ['/{x}:cancel', '/7:CANCEL', true],
  ];
  for (const [one, other, doThey] of rows)
    test(`${one} and ${other}: ${doThey ? 'yes' : 'no'}`, () => {
      assert.equal(overlap(segmentsOf(one), segmentsOf(other)), doThey);
      assert.equal(overlap(segmentsOf(other), segmentsOf(one)), doThey);
    });
});

describe('which of two is found for the paths that fit both', () => {
  const rows: [first: string, second: string][] = [
    ['/a', '/{x}'],
    ['/a/{y}', '/{x}/b'],
    ['/a-{x}', '/{x}'],
    ['/{x}-{y}', '/{x}'],
    ['/{x}.min.json', '/{x}.json'],
    ['/ab{x}', '/{x}b'],
    ['/ab{x}c', '/a{x}bc'],
    ['/{x}/a', '/{y}/{z}'],
    ['/A/b', '/a/{x}'],
    ['/a/', '/{x}'],
  ];
  for (const [first, second] of rows)
    test(`${first} rather than ${second}`, () => {
      assert.equal(shadows(segmentsOf(first), segmentsOf(second)), true);
      assert.equal(shadows(segmentsOf(second), segmentsOf(first)), false);
    });
  test('none where they share nothing', () => assert.equal(shadows(segmentsOf('/a'), segmentsOf('/b')), false));
  test('either where the texts between parameters decide', () => {
    const [one, other] = [segmentsOf('/{x}-{y}'), segmentsOf('/{x}.{y}')];
    assert.deepEqual([shadows(one, other), shadows(other, one)], [true, true]);
  });
});

const catalogue = (...paths: string[]) =>
  compileEndpoints(paths.map(path => ({ id: endpointId('GET', path), method: 'GET', path, reads: true })));

const SEGMENTS = ['', 'a', 'A', 'b', 'a-b', '{x}', '{x}', 'a-{x}', 'A{x}', '{x}-b', '{x}.b', '{x}-{y}', '{x}.{y}'];
const template = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 3 })
  .map(parts => `/${parts.filter((part, n) => part !== '' || n === parts.length - 1).join('/')}`);
const PIECES = ['/', '/', 'a', 'b', 'A', 'B', '-', '.', '%61', '%41', '%2D', '%2e', '%CC%81', '%EF%BD%81', '%C4%B0'];
const path = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map(parts => `/${parts.join('')}`);
/** A path that is likely to fit the template. */
const pathOf = (one: string) =>
  fc
    .array(fc.constantFrom('a', 'b', 'A', 'a-b', 'a.b', '-b', '%61', 'b%CC%81', '%2Db'), { minLength: 6, maxLength: 6 })
    .map(values => one.replaceAll(/\{[^}]*\}/g, () => values.pop() ?? 'a'));
const sides = (...texts: string[]) => fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts));
/** Two of as many segments, and a path that is likely to fit one of them. */
const pairAndPath = fc
  .tuple(fc.array(sides(...SEGMENTS.slice(1)), { minLength: 1, maxLength: 2 }), sides('', '', '/'))
  .chain(([pairs, ends]) => {
    const [one, other] = [0, 1].map(side => `/${pairs.map(pair => pair[side]).join('/')}${ends[side]}`) as [
      string,
      string,
    ]; // two sides
    const asked = fc.oneof({ weight: 1, arbitrary: path }, { weight: 9, arbitrary: pathOf(one) });
    return fc.tuple(fc.constant(one), fc.constant(other), asked);
  });

test('two that the matcher finds for one path overlap, and so do two of which it finds neither where it finds one alone', () => {
  const seen = { both: 0, neither: 0 };
  fc.assert(
    fc.property(pairAndPath, ([one, other, asked]) => {
      const alone = catalogue(one).find('GET', asked);
      const second = catalogue(other).find('GET', asked);
      const together = catalogue(one, other).find('GET', asked);
      if (alone !== undefined && second !== undefined) seen.both++;
      else if (alone !== undefined && together === undefined) seen.neither++;
      else return;
      assert.ok(overlap(segmentsOf(one), segmentsOf(other)));
    }),
    { numRuns: 30_000 },
  );
  assert.ok(seen.both > 1000 && seen.neither > 100, JSON.stringify(seen));
});

test('of two that fit, the one that is found shadows the other; not the other way round, but where texts between parameters decide', () => {
  fc.assert(
    fc.property(pairAndPath, ([one, other, asked]) => {
      if (endpointId('GET', one) === endpointId('GET', other)) return;
      if (catalogue(one).find('GET', asked) === undefined || catalogue(other).find('GET', asked) === undefined) return;
      const found = catalogue(one, other).find('GET', asked)?.id;
      if (found === undefined) return;
      const [first, second] = found === endpointId('GET', one) ? [one, other] : [other, one];
      assert.ok(shadows(segmentsOf(first), segmentsOf(second)));
      const areTied = [first, second].every(path => /\{x\}[-.]\{y\}/.test(path));
      assert.ok(areTied || !shadows(segmentsOf(second), segmentsOf(first)));
    }),
    { numRuns: 30_000 },
  );
});

test('what overlaps without regard to case and a slash at the end has a path in common', () => {
  const values = ['a', 'b', 'a-b', 'a.b', 'a-a.b', 'a.a-b', 'a-a.b-b'];
  const paths = (templates: string[]) => {
    let parts = [''];
    for (const at of (templates[0] ?? '').slice(1).split('/').keys()) {
      const literals = templates.map(one => one.slice(1).split('/')[at] ?? '');
      parts = parts.flatMap(before => [...values, ...literals].map(value => `${before}/${value}`));
    }
    return parts;
  };
  fc.assert(
    fc.property(template, template, (first, second) => {
      const [one, other] = [foldPath(first), foldPath(second)];
      if (!overlap(segmentsOf(one), segmentsOf(other))) return;
      const [fitsOne, fitsOther] = [catalogue(one), catalogue(other)];
      const common = paths([one, other]).some(asked => fitsOne.find('GET', asked) && fitsOther.find('GET', asked));
      assert.ok(common, `${one} ${other}`);
    }),
    { numRuns: 3000 },
  );
});

test('which of two is found does not hang on the others, nor on their order', () => {
  const templates = fc.uniqueArray(template, { minLength: 2, maxLength: 8, selector: one => endpointId('GET', one) });
  const shuffled = templates.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }), fc.constantFrom(...list)),
  );
  fc.assert(
    fc.property(
      shuffled.chain(all => fc.tuple(fc.constant(all), pathOf(all[2]))),
      ([[list, mixed, gone], asked]) => {
        const found = catalogue(...list).find('GET', asked);
        assert.deepEqual(catalogue(...mixed).find('GET', asked), found);
        const left = catalogue(...mixed.filter(one => one !== gone)).find('GET', asked);
        if (found !== undefined && found.id !== endpointId('GET', gone)) assert.deepEqual(left, found);
      },
    ),
    { numRuns: 5000 },
  );
});
