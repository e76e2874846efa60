import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createVerifier } from '@keywright/verifier';

/** What a watcher tells of one revocation: first that it lets the key pass, then, once it has refused it for a while, when it last did so. */
export type Watched = { accepted: true } | { accepted: false; lastAccepted: number };

/** All lie with one of two workers once in two thousand times. */
const CONNECTIONS = 12;
/** For how long it goes on after it was refused: a key that lives again would not be missed. */
const SURE_MS = 30;
/** Decisions between two pauses of a millisecond: all processes together shall not need more than two cores have. */
const AT_ONCE = 20;

/** A process of the bench of revocations: `revocation-watcher.ts verifier|http <server> <credential>`. Decides some thousand times a second. */
const [kind = '', server = '', credential = ''] = process.argv.slice(2);
const decide = kind === 'verifier' ? await inProcess() : overHttp();
process.on('message', (token: string) => void watch(token));
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function watch(token: string): Promise<void> {
  let lastAccepted = 0;
  let told = false;
  let decisions = 0;
  for (let refused = false; !refused; ) {
    // Before the decision: what was decided at this time at the earliest.
    const at = performance.timeOrigin + performance.now();
    const allowed = await decide(token);
    if (allowed) lastAccepted = at;
    if (allowed && !told) tell({ accepted: true });
    refused = told && at > lastAccepted + SURE_MS;
    told ||= allowed;
    if (++decisions % AT_ONCE === 0) await setTimeout(1);
  }
  tell({ accepted: false, lastAccepted });
}

function tell(watched: Watched): void {
  process.send?.(watched);
}

async function inProcess(): Promise<(token: string) => Promise<boolean>> {
  const verifier = createVerifier({ server, credential, name: `bench ${process.pid}` });
  await verifier.ready();
  return async token => (await verifier.verify(token)).allowed;
}

/** In turns over several connections, which lie with different workers. Refused only when none of them lets it pass. */
function overHttp(): (token: string) => Promise<boolean> {
  const agents = Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  return async token => {
    const answers = await Promise.all(agents.map(agent => ask(agent, token)));
    return answers.includes(204);
  };
}

function ask(agent: Agent, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-method': 'GET' };
    request(`${server}/v1/auth`, { agent, headers }, response => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}
