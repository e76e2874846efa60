import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '@keywright/server';

export const GATEWAY_DOCUMENTS = join(import.meta.dirname, '..', '..', 'docs', 'gateways');

/** The blocks in that language which a document of docs/gateways holds, in their order. */
export function blocksOf(document: string, language: string): string[] {
  const text = readFileSync(join(GATEWAY_DOCUMENTS, document), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, said]) => said === language);
  assert.ok(blocks.length > 0, `${document} holds a block of ${language}`);
  return blocks.map(([, , block = '']) => block);
}

/** The text with each of those places, which it holds once, replaced. */
export function changed(text: string, changes: Record<string, string>): string {
  for (const [from, to] of Object.entries(changes)) {
    assert.equal(text.split(from).length, 2, `the document says once: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** What the document sets in the environment of Keywright, as Keywright reads it. */
export function settingsOf(document: string): Partial<Config> {
  const start = blocksOf(document, 'sh').find(block => block.includes('npm start')) ?? '';
  const env = Object.fromEntries([...start.matchAll(/(KEYWRIGHT_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
  const { trustedProxies, rateLimitStatus, forwardedHeaders } = readConfig({}, env);
  return { trustedProxies, rateLimitStatus, forwardedHeaders };
}

/** What the index says of a Keywright that hangs: what the client gets, and after how long at most. */
export function silenceOf(document: string): { status: number; afterMs: number } {
  const rows = readFileSync(join(GATEWAY_DOCUMENTS, 'README.md'), 'utf8').split('\n');
  const row = rows.find(line => line.startsWith('|') && line.includes(`](${document})`)) ?? '';
  const [, status, seconds] = /\| (\d{3}) after (\d+) s /.exec(row) ?? assert.fail(`the index says it of ${document}`);
  return { status: Number(status), afterMs: Number(seconds) * 1000 };
}

/** The ports of 127.0.0.1 that a gateway stands between, and for what it asks, such as `/apis/api_…`. */
export interface Between {
  keywright: number;
  api: number;
  place?: string;
}

/** The address in each document, which is asked for keys without a project, at the place. */
export const addressAt = (place = '') => ({ '/v1/auth': `/v1${place}/auth` });

/** A gateway as its document sets it up, and how it differs from the others. */
export interface Gateway {
  name: string;
  document: string;
  start(between: Between): Promise<AsyncDisposable & { port: number }>;
  /** What the client gets when Keywright can not be reached. */
  down: number;
  /** No such gateway runs, but what does by its document as its source says. */
  isImitated?: true;
  /** What the client gets when Keywright says 503. */
  unavailable: number;
  /** It puts a page of its own in place of Keywright's problem document: always, or where that says 503. */
  hidesProblem?: 'always' | 'unavailable';
  /** What the client gets when Keywright says 429. */
  limited: number;
  /** The statuses of Keywright that let a request pass. */
  yes: readonly number[];
  /** A header without a value is not passed on. */
  dropsEmpty?: true;
  /** It leaves to the client's word what Keywright did not say, which is why Keywright always says all. */
  keepsUnsaid?: true;
  /** It makes this of a path before it asks. */
  tidies?(path: string): string;
}
