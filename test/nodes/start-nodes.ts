import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient } from '@keywright/contract';
import { KeywrightProcess } from '../robust/server-process.ts';
import { setUp } from '../robust/set-up.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** One process of a server of several, with a client that may do everything. */
export interface Node {
  process: KeywrightProcess;
  url: string;
  client: Client;
}

export interface Nodes extends AsyncDisposable {
  nodes: Node[];
  database: string;
  /** Of a key that may do everything. */
  token: string;
  /** One more; `env` is what is different there. */
  start(env?: Record<string, string>): Promise<Node>;
}

/** So many nodes on the database, each with a data folder of its own, that know of each other. */
export async function startNodes(count: number, database: string, env: Record<string, string> = {}): Promise<Nodes> {
  const stack = new AsyncDisposableStack();
  try {
    const folders = stack.use(tempFolder());
    const firstFolder = join(folders.path, 'first');
    let started = 0;
    const launch = (folder: string, more: Record<string, string> = {}) =>
      stack.use(new KeywrightProcess({ env: { KEYWRIGHT_DATA: folder, DATABASE_URL: database, ...env, ...more } }));
    const start = async (more: Record<string, string> = {}) => {
      const folder = join(folders.path, `node-${++started}`);
      mkdirSync(folder, { mode: 0o700 });
      copyFileSync(join(firstFolder, 'secret'), join(folder, 'secret'));
      return listening(launch(folder, more));
    };
    const first = launch(firstFolder);
    const { token } = await setUp(first);
    const listening = async (process: KeywrightProcess): Promise<Node> => {
      const url = await process.listening();
      return { process, url, client: createClient({ server: url, token }) };
    };
    const nodes = [await listening(first)];
    nodes.push(...(await Promise.all(Array.from({ length: count - 1 }, () => start()))));
    for (const { client } of nodes)
      await until(async () => (await client.listVerifiers()).items.length === count, {
        what: 'all to know each other',
      });
    return { nodes, database, token, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** What forward-auth says there: 204, or the status of a refusal. */
export async function statusAt(url: string, token: string, send = fetch): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-method': 'GET' };
  const answer = await send(`${url}/v1/auth`, { headers, signal: AbortSignal.timeout(20_000) });
  await answer.arrayBuffer();
  return answer.status;
}
