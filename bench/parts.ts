import { outputOf } from './child.ts';
import { SERVER_CORE } from './load.ts';
import type { Options } from './options.ts';
import { cellsIn, numberIn, type Row, times, whole } from './table.ts';

/** The parts of `npm run bench` that are benches of their own, in processes of their own: their tables, read back. */
const RATIO_MIN = 0.6;
const BYTES_MAX = 250;
const FLOOD_MB_MAX = 20;
const FLOOD_P99_MAX = 1.2;
const BETTER_AUTH_MIN = 100;
const REVOCATION_P99_MS = 50;
const REVOCATION_MAX_MS = 250;
const KEYS = 1_000_000;
const CACHED = 100_000;

export async function measureInProcess({ isQuick }: Options): Promise<Row[]> {
  const text = await outputOf({ program: 'in-process.ts', core: SERVER_CORE });
  const unknown = isQuick ? KEYS / 10 : KEYS;
  return [
    ...besideTheLoop(text),
    ...refusals(text),
    memory(text),
    ...(await flood(unknown)),
    ...(await throughCreateVerifier(isQuick ? CACHED / 10 : CACHED, unknown)),
  ];
}

function besideTheLoop(text: string): Row[] {
  const lines = cellsIn(text).filter(([size, , , ratio]) => /^[\d,]+$/.test(size ?? '') && ratio !== undefined);
  if (lines.length === 0) throw new Error('the bench in-process printed no table');
  const rows = lines.map(([size, bare, ours, ratio]): Row => {
    const what = `in-process verify of one of ${size} seen keys, its endpoint among GitHub's 1,223`;
    const figures = { ours: ours ?? '', beside: bare ?? '', ratio: ratio ?? '' };
    return { what, besideWhat: LOOP, ...figures, wanted: `≥ ${RATIO_MIN}`, reached: numberIn(ratio) >= RATIO_MIN };
  });
  const [, bare, ours] = /bare ([\d.]+) times, verify ([\d.]+) times/.exec(text) ?? [];
  const [slower, bareSlower] = [numberIn(ours), numberIn(bare)];
  const [first, last] = [lines[0]?.[0], lines.at(-1)?.[0]];
  const what = `– how much slower with ${last} keys than with ${first}`;
  const figures = { ours: `${slower} ×`, beside: `${bareSlower} ×`, ratio: times(slower / bareSlower) };
  return [...rows, { what, besideWhat: LOOP, ...figures, wanted: '≤ 1', reached: slower <= bareSlower }];
}

const LOOP = 'bare loop: SHA-256, Map, comparison in constant time';

const KNOWN_KEY = 'a known key, another secret';
const FIRST = ', each for the first time';

/** What is refused, beside a good key with the same request; what comes for the first time beside a good key that does. */
function refusals(text: string): Row[] {
  const lines = cellsIn(text).filter(([, ns, third]) => / ns$/.test(ns ?? '') && third === undefined);
  const nsOf = (title: string) => lines.find(([one]) => one === title)?.[1];
  return lines
    .filter(([title]) => !title?.startsWith('good'))
    .map(([title = '', ns]) => {
      const like = title.endsWith(FIRST) ? FIRST : '';
      const good = nsOf(`good${like}`);
      const ratio = numberIn(ns) / numberIn(good);
      const figures = { ours: ns ?? '', besideWhat: `a good key${like}`, beside: good ?? '', ratio: times(ratio) };
      const what = `in-process refusal: ${title}`;
      // Of a known key the digest must be compared, so it can not be cheaper.
      if (title === KNOWN_KEY) return { what, ...figures, wanted: '' };
      return { what, ...figures, wanted: '< 1', reached: ratio < 1 };
    });
}

function memory(text: string): Row {
  const bytes = numberIn(/[\d,]+ bytes/.exec(text)?.[0]);
  const what = `memory for each of ${whole(KEYS)} cached keys with simple permissions`;
  return { what, ...alone(`${bytes} bytes`), wanted: `≤ ${BYTES_MAX} bytes`, reached: bytes <= BYTES_MAX };
}

async function flood(unknown: number): Promise<Row[]> {
  const child = { program: 'flood.ts', args: [String(unknown)], nodeOptions: ['--expose-gc'], core: SERVER_CORE };
  const [, , mb, p99, flooded, ratio] = ['', ...(cellsIn(await outputOf(child)).at(-1) ?? [])];
  const what = `flood of ${whole(unknown)} unknown keys`;
  const grown = { ...alone(`${mb} MB`), wanted: `≤ ${FLOOD_MB_MAX} MB`, reached: numberIn(mb) <= FLOOD_MB_MAX };
  const slower = { ours: flooded ?? '', besideWhat: 'without the flood', beside: p99 ?? '', ratio: ratio ?? '' };
  return [
    { what: `${what}: how the memory of the process grows`, ...grown },
    {
      what: `${what}: p99 of good keys beside it`,
      ...slower,
      wanted: `≤ ${FLOOD_P99_MAX}`,
      reached: numberIn(ratio) <= FLOOD_P99_MAX,
    },
  ];
}

/** What an application has: beside the decision itself a lease, a feed, and a server that is asked for whoever may exist. */
async function throughCreateVerifier(keys: number, unknown: number): Promise<Row[]> {
  const args = [String(keys), String(unknown)];
  const text = await outputOf({ program: 'remote.ts', args, nodeOptions: ['--expose-gc'], core: SERVER_CORE });
  const [, bare, ours, ratio] = cellsIn(text).find(([size]) => size === String(keys)) ?? [];
  const [, mb, serverMb, asked, p99, flooded, slower] =
    cellsIn(text).find(([count]) => count === String(unknown)) ?? [];
  const onset = /(\d+ ns) is the p99 of .+, (\d+ ns) without/.exec(text);
  const verifies = {
    what: `\`createVerifier\`: verify of one of ${whole(keys)} seen keys, as above`,
    besideWhat: LOOP,
  };
  const figures = { ours: ours ?? '', beside: bare ?? '', ratio: ratio ?? '' };
  const what = `\`createVerifier\`: flood of ${whole(unknown)} unknown keys`;
  const grown = (where: string, figure: string | undefined): Row => ({
    what: `${what}: how the memory ${where} grows`,
    ...{ ...alone(`${figure} MB`), wanted: `≤ ${FLOOD_MB_MAX} MB`, reached: numberIn(figure) <= FLOOD_MB_MAX },
  });
  return [
    { ...verifies, ...figures, wanted: `≥ ${RATIO_MIN}`, reached: numberIn(ratio) >= RATIO_MIN },
    {
      what: '– for each key whose uses are reported, once a second',
      ...alone(/(\d+ ns) for each/.exec(text)?.[1] ?? ''),
      wanted: '',
    },
    grown('of the application', mb),
    grown('of the server, without mapped pages of its database,', serverMb),
    {
      what: `${what}: p99 of good keys beside it`,
      ...{ ours: flooded ?? '', besideWhat: 'without the flood', beside: p99 ?? '', ratio: slower ?? '' },
      ...{ wanted: `≤ ${FLOOD_P99_MAX}`, reached: numberIn(slower) <= FLOOD_P99_MAX },
    },
    {
      what: '– beside the first 5,000, most of which the server is asked for',
      ...{ ours: onset?.[1] ?? '', besideWhat: 'without the flood', beside: onset?.[2] ?? '' },
      ...{ ratio: times(numberIn(onset?.[1]) / numberIn(onset?.[2])), wanted: '' },
    },
    {
      what: '– of the unknown keys, those that the server was asked for',
      ...alone(whole(numberIn(asked))),
      wanted: '',
    },
  ];
}

export async function measurePeers({ rounds }: Options): Promise<Row[]> {
  const text = await outputOf({ program: 'in-process-peers.ts', args: [String(rounds)], core: SERVER_CORE });
  return cellsIn(text)
    .slice(1)
    .map(([title = '', ns, ours, ratio]) => {
      const isBetterAuth = title.startsWith('better-auth');
      const figures = { ours: `${whole(numberIn(ours))} ns`, besideWhat: title, beside: `${whole(numberIn(ns))} ns` };
      const wanted = isBetterAuth
        ? { wanted: `≥ ${BETTER_AUTH_MIN}`, reached: numberIn(ratio) >= BETTER_AUTH_MIN }
        : { wanted: '' };
      return { what: 'in-process verify, 1,000 keys', ...figures, ratio: times(numberIn(ratio)), ...wanted };
    });
}

export async function measureRevocation({ isQuick }: Options): Promise<Row[]> {
  const text = await outputOf({ program: 'revocation.ts', args: isQuick ? ['20'] : [] });
  const lines = cellsIn(text).filter(([, p50]) => / ms$/.test(p50 ?? ''));
  if (lines.length === 0) throw new Error('the bench of revocations printed no table');
  return lines.map(([title = '', p50, p99, max, late = '']) => {
    const isAfterReceipt = title.startsWith('from the receipt');
    const what = `revocation, 4 verifiers and 2 workers: ${title}`;
    const ours = `p50 ${p50}, p99 ${p99}, max ${max}; ${late} accepted later`;
    if (isAfterReceipt) return { what, ...alone(ours), wanted: 'none', reached: numberIn(late) === 0 };
    const isReached = numberIn(p99) <= REVOCATION_P99_MS && numberIn(max) <= REVOCATION_MAX_MS;
    return {
      what,
      ...alone(ours),
      wanted: `p99 ≤ ${REVOCATION_P99_MS} ms, max ≤ ${REVOCATION_MAX_MS} ms`,
      reached: isReached,
    };
  });
}

/** A figure that stands beside nothing. */
function alone(ours: string) {
  return { ours, besideWhat: '', beside: '', ratio: '' };
}
