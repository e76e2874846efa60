import { type Client, createClient } from '@keywright/contract';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

/** `keywright serve --workers …`, set up, with a client that may do everything. */
export async function startWorkers(env: Record<string, string> = {}, count = 2) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(tempFolder());
  const server = stack.use(
    new KeywrightProcess({
      words: ['serve', '--workers', String(count)],
      env: { KEYWRIGHT_DATA: folder.path, ...env },
    }),
  );
  const { token } = await setUp(server);
  const url = await server.listening();
  const client = createClient({ server: url, token });
  return {
    client,
    url,
    adminToken: token,
    process: server,
    data: folder.path,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The workers by the processes that they are. */
export async function nodesOf(client: Client, count: number): Promise<{ id: string; pid: number }[]> {
  const nodes = async () => {
    const { items } = await client.listVerifiers();
    const found = items.filter(({ kind }) => kind === 'node');
    return found.length === count && found.map(({ id, name }) => ({ id, pid: Number(name?.split(':').at(-1)) }));
  };
  return until(nodes, { ms: 60_000 });
}
