import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { balancing } from '../deploy/files.ts';
import { KeywrightProcess } from '../robust/server-process.ts';
import { setUp } from '../robust/set-up.ts';
import { startNginx } from '../support/nginx.ts';
import { freePort } from '../support/ports.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type Asked, steadyLoad, type Target, targetAt } from './rolling-load.ts';

const NODES = 3;
const LINES = 8;
const ENOUGH = 100;
/** Much else runs on the machine meanwhile. */
const PATIENCE = { ms: 60_000 };
const PROBE_MS = 100;

test('nodes that are restarted one after the other under load fail no request, behind nginx as deployed and behind what honours /readyz', async () => {
  await using stack = new AsyncDisposableStack();
  const nodes = await startNodes(stack);
  const { token } = await setUp(nodes[0]?.process ?? assert.fail());
  const ports = nodes.map(({ port }) => port);
  const nginx = stack.use(await startNginx(port => balancing(port, ports)));
  const balancer = new Balancer(ports);
  stack.defer(() => balancer.stop());
  const gateway = targetAt(nginx.port);
  await using throughNginx = steadyLoad(
    LINES,
    () => gateway,
    n => verify(n, token),
  );
  await using balanced = steadyLoad(
    LINES,
    () => balancer.next(),
    n => (n % 20 === 0 ? create(token) : verify(n, token)),
  );
  const both = [throughNginx.answered, balanced.answered];
  await until(() => both.every(({ asked }) => asked > ENOUGH), PATIENCE);

  for (const node of nodes) {
    const { code, stderr } = await node.process.end('SIGTERM');
    assert.equal(code, 0, stderr);
    const before = both.map(({ asked }) => asked);
    node.process = stack.use(start(node));
    await node.process.listening();
    await until(() => balancer.isReady(node.port), PATIENCE);
    await until(() => both.every(({ asked }, n) => asked > (before[n] ?? 0) + ENOUGH), PATIENCE);
  }
  assert.deepEqual((await throughNginx.stop()).failed, []);
  assert.deepEqual((await balanced.stop()).failed, []);
});

interface Node {
  port: number;
  env: Record<string, string>;
  process: KeywrightProcess;
}

const start = ({ env }: Pick<Node, 'env'>) => new KeywrightProcess({ env });

async function startNodes(stack: AsyncDisposableStack): Promise<Node[]> {
  const { url } = stack.use(await freshDatabase());
  const shared = {
    DATABASE_URL: url,
    KEYWRIGHT_SECRET: randomBytes(32).toString('hex'),
    KEYWRIGHT_DRAIN_WAIT_MS: '2000',
  };
  const nodes: Node[] = [];
  for (let n = 0; n < NODES; n++) {
    const port = await freePort();
    const env = { ...shared, KEYWRIGHT_PORT: String(port), KEYWRIGHT_DATA: stack.use(tempFolder()).path };
    nodes.push({ port, env, process: stack.use(start({ env })) });
  }
  await Promise.all(nodes.map(({ process }) => process.listening()));
  return nodes;
}

function verify(n: number, token: string): Asked {
  if (n % 2 === 0)
    return { method: 'GET', path: '/v1/auth', headers: { authorization: `Bearer ${token}` }, expected: 204 };
  return { method: 'POST', path: '/v1/verify', headers: {}, body: { credential: token }, expected: 200 };
}

/** What may not be asked twice. */
function create(token: string): Asked {
  return {
    method: 'POST',
    path: '/v1/access-keys',
    headers: { authorization: `Bearer ${token}` },
    body: {},
    expected: 201,
  };
}

/** Asks each node whether it is ready, and gives requests to those that are, in turns; like most load balancers, and unlike nginx. */
class Balancer {
  readonly #targets: Target[];
  readonly #ready = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  #turn = 0;

  constructor(ports: number[]) {
    this.#targets = ports.map(targetAt);
    for (const port of ports) this.#ready.add(port);
    this.#timer = setInterval(() => this.#probe(), PROBE_MS);
  }

  isReady(port: number): boolean {
    return this.#ready.has(port);
  }

  next(): Target {
    const ready = this.#targets.filter(({ port }) => this.#ready.has(port));
    return ready[this.#turn++ % ready.length] ?? assert.fail('no node is ready');
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { agent } of this.#targets) agent.destroy();
  }

  #probe(): void {
    for (const { port } of this.#targets)
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => this.#set(port, ok),
        () => this.#set(port, false),
      );
  }

  #set(port: number, isReady: boolean): void {
    if (isReady) this.#ready.add(port);
    else this.#ready.delete(port);
  }
}
