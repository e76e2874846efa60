import { API, type Case, github, KeySource } from './in-process-keys.ts';
import { median } from './median.ts';
import { openBetterAuth } from './peers/better-auth.ts';
import { PEER_KEYS } from './peers/peer.ts';
import { openPrefixedApiKey } from './peers/prefixed-api-key.ts';

/**
 * `in-process-peers.ts ROUNDS`: the verify calls of peers beside ours, with a thousand keys each, one call after the other, in turns. Ours finds its endpoint
 * among GitHub's, too. Medians of the time of the processor.
 */
const ROUNDS = Number(process.argv[2] ?? 5);
const AT = 1_800_000_000_000;

interface Contender {
  title: string;
  calls: number;
  /** Verifies the nth key. */
  verify(n: number): boolean | Promise<boolean>;
}

const contenders = [ours(), await betterAuth(), await prefixedApiKey()];
const times = new Map<string, number[]>();
for (let round = -2; round < ROUNDS; round++) {
  for (const contender of contenders) {
    const ns = await nsPerCall(contender);
    if (round < 0) continue; // while the code is compiled
    times.set(contender.title, [...(times.get(contender.title) ?? []), ns]);
  }
}
const [mine = [], ...others] = contenders.map(({ title }) => times.get(title) ?? []);
console.log('| peer | ns | verify ns | ratio |\n|---|---|---|---|');
for (const [n, theirs] of others.entries()) {
  const ratio = median(theirs.map((ns, round) => ns / (mine[round] ?? Number.NaN)));
  const figures = [median(theirs).toFixed(0), median(mine).toFixed(0), ratio.toFixed(2)];
  console.log(`| ${[contenders[n + 1]?.title, ...figures].join(' | ')} |`);
}

function ours(): Contender {
  const source = new KeySource(PEER_KEYS, github());
  const verifier = source.verifier();
  const asked = ({ method, path }: Case) => ({ project: null, api: API, method, path, address: '203.0.113.24' });
  const verify = (n: number) => {
    const decision = verifier.verify(source.tokens[n] ?? '', asked(source.caseOf(n)), AT);
    return !(decision instanceof Promise) && decision.allowed;
  };
  return { title: 'ours', calls: 200_000, verify };
}

async function betterAuth(): Promise<Contender> {
  const { tokens, verify } = await openBetterAuth();
  return { title: 'better-auth, SQLite in memory', calls: 1000, verify: n => verify(tokens[n] ?? '') };
}

async function prefixedApiKey(): Promise<Contender> {
  const { tokens, verify } = await openPrefixedApiKey();
  return { title: 'prefixed-api-key over a Map', calls: 20_000, verify: n => verify(tokens[n] ?? '') };
}

/** Nobody waits for an answer that is there at once. */
async function nsPerCall({ title, calls, verify }: Contender): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) {
    const allowed = verify(Math.floor(Math.random() * PEER_KEYS));
    if (!(typeof allowed === 'boolean' ? allowed : await allowed)) throw new Error(`${title} refused`);
  }
  const used = process.cpuUsage(before);
  return ((used.user + used.system) * 1000) / calls;
}
