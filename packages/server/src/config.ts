import { resolve } from 'node:path';
import { type Network, parseNetwork } from '@keywright/core';

/** Which headers name the original request to forward-auth; fixed by configuration, never guessed. */
export type HeaderFamily = 'x-forwarded' | 'x-original';

export interface Config {
  host: string;
  port: number;
  /** The folder of the embedded database and of the secret that signs session cookies. */
  data: string;
  /** `postgres://…`, or the path of the SQLite file. */
  database: string;
  /** Where people reach the console when that is not host and port: behind a proxy with TLS, for example. */
  publicUrl: string | undefined;
  forwardedHeaders: HeaderFamily;
  /** 403 for gateways that cannot pass on 429. */
  rateLimitStatus: 403 | 429;
  /** Hops whose X-Forwarded-For is believed. */
  trustedProxies: readonly Network[];
  logLevel: string;
}

/** What the command line sets instead of the environment. */
export interface Flags {
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
}

/** A setting that cannot be used; the message is one sentence for the person who starts the server. */
export class ConfigError extends Error {}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads flags and environment. Throws ConfigError. */
export function readConfig(flags: Flags = {}, env: NodeJS.ProcessEnv = process.env, dataDefault = 'data'): Config {
  const data = resolve(flags.data ?? env.KEYWRIGHT_DATA ?? dataDefault);
  return {
    host: flags.host ?? env.KEYWRIGHT_HOST ?? '127.0.0.1',
    port: portOf(flags.port ?? env.KEYWRIGHT_PORT ?? '7600'),
    data,
    database: databaseOf(env.DATABASE_URL, data),
    publicUrl: urlOf(env.KEYWRIGHT_URL),
    forwardedHeaders: oneOf('KEYWRIGHT_FORWARDED_HEADERS', env.KEYWRIGHT_FORWARDED_HEADERS ?? 'x-forwarded', [
      'x-forwarded',
      'x-original',
    ]),
    rateLimitStatus:
      oneOf('KEYWRIGHT_RATE_LIMIT_STATUS', env.KEYWRIGHT_RATE_LIMIT_STATUS ?? '429', ['429', '403']) === '403'
        ? 403
        : 429,
    trustedProxies: (env.KEYWRIGHT_TRUSTED_PROXIES ?? '').split(',').filter(Boolean).map(networkOf),
    logLevel: oneOf('KEYWRIGHT_LOG', env.KEYWRIGHT_LOG ?? 'warn', LEVELS),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConfigError(`The port (--port or KEYWRIGHT_PORT) must be a number from 0 to 65535, not "${text}".`);
  return port;
}

function databaseOf(url: string | undefined, data: string): string {
  if (!url) return resolve(data, 'keywright.db');
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new ConfigError('DATABASE_URL must begin with postgres://. Leave it out for the embedded database.');
  return url;
}

function urlOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`KEYWRIGHT_URL must be an address such as https://keys.example.com, not "${text}".`);
  return url.origin;
}

function networkOf(text: string): Network {
  const network = parseNetwork(text.trim());
  if (!network)
    throw new ConfigError(
      `KEYWRIGHT_TRUSTED_PROXIES must list addresses or networks such as 10.0.0.0/8, not "${text}".`,
    );
  return network;
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find(one => one === text);
  if (value === undefined) throw new ConfigError(`${name} must be one of ${values.join(', ')}, not "${text}".`);
  return value;
}
