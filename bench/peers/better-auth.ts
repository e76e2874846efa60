import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { PEER_KEYS, type Peer } from './peer.ts';

/**
 * better-auth's plugin for API keys, in SQLite: in memory, or in a file that is written ahead and synchronised seldom, which is much faster than the
 * file as it is by default. Its own rate limit (ten requests a day for each key) is off.
 */
export async function openBetterAuth(file = ':memory:'): Promise<Peer> {
  const database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal; pragma synchronous = normal');
  const auth = betterAuth({
    database,
    secret: 'only for the bench, and for nothing else',
    baseURL: 'http://127.0.0.1',
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const person = { name: 'Ada', email: 'ada@bench.example', password: 'correct horse battery staple' };
  const { user } = await auth.api.signUpEmail({ body: person });
  const tokens: string[] = [];
  for (let n = 0; n < PEER_KEYS; n++)
    tokens.push((await auth.api.createApiKey({ body: { userId: user.id, name: `Key ${n}` } })).key);
  return { tokens, verify: async key => (await auth.api.verifyApiKey({ body: { key } })).valid };
}
