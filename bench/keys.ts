import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatToken, newId, newKeyId, newSecret } from '@keywright/core';
import { insertAccessKeys, insertAccount, insertMember, openStore } from '@keywright/store';
import { digestOf } from '@keywright/verifier';

const ROWS_AT_ONCE = 500;

/** Fills a fresh data folder with that many keys of 1,000 owners and writes their tokens, one a line. */
export async function fill(folder: string, count: number): Promise<string> {
  await using store = await openStore(join(folder, 'keywright.db'));
  const account = newId('acc', randomBytes);
  const at = Date.now();
  const owners = Array.from({ length: 1000 }, () => newId('mem', randomBytes));
  await store.transact(async tx => {
    await insertAccount(tx, { id: account, name: 'Bench', createdAt: at });
    for (const [n, id] of owners.entries()) {
      const person = { name: `Owner ${n}`, email: `owner${n}@bench.example`, person: newId('per', randomBytes) };
      await insertMember(tx, { id, account, role: n === 0 ? 'owner' : 'member', createdAt: at, ...person });
    }
  });
  const tokens: string[] = [];
  const creator = { kind: 'system', id: 'bench', name: null };
  const plain = {
    description: null,
    permission: 'read_write',
    grants: {},
    expiresAt: null,
    notBefore: null,
    networks: [],
    tags: [],
  } as const;
  for (let made = 0; made < count; made += ROWS_AT_ONCE) {
    const keys = Array.from({ length: Math.min(ROWS_AT_ONCE, count - made) }, (_, n) => {
      const key = newKeyId(randomBytes);
      const secret = newSecret(key, randomBytes);
      tokens.push(formatToken('kw', key, secret).reveal());
      const owner = owners[(made + n) % owners.length] ?? '';
      const fields = {
        ...plain,
        networks: [],
        tags: [],
        name: `Key ${made + n}`,
        enabled: true,
        legacy: false,
        project: null,
      };
      return { ...fields, key, digest: digestOf(secret), account, owner, creator, createdAt: at };
    });
    await store.transact(tx => insertAccessKeys(tx, keys));
  }
  const file = join(folder, 'tokens.txt');
  writeFileSync(file, tokens.join('\n'));
  return file;
}
