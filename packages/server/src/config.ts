import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { limits, type Network, parseNetwork } from '@keywright/core';

/**
 * What names the original request to forward-auth; fixed by configuration, never guessed. Envoy's question needs no headers for that:
 * it has the method of the request itself, and its path behind ours.
 */
export type HeaderFamily = 'x-forwarded' | 'x-original' | 'envoy';

interface Worker {
  setupToken: string;
  port: number;
}

export interface Config {
  host: string;
  port: number;
  /** The folder of the embedded database and of the secret that signs session cookies, unless `secret` is given. */
  data: string;
  /** Signs session cookies on all nodes that share it. */
  secret: string | undefined;
  /** `postgres://…`, or the path of the SQLite file. */
  database: string;
  /** `postgres://…` of a read replica, for lists. */
  replica: string | undefined;
  /** `redis://…`: where nodes count rates together. */
  redis: string | undefined;
  /** Where people reach the console when that is not host and port: behind a proxy with TLS, for example. */
  publicUrl: string | undefined;
  forwardedHeaders: HeaderFamily;
  /** 403 for gateways that cannot pass on 429. */
  rateLimitStatus: 403 | 429;
  /** Hops whose X-Forwarded-For is believed. */
  trustedProxies: readonly Network[];
  /** Internal networks from which OpenAPI documents may be fetched. */
  importNetworks: readonly Network[];
  /** For how long this process decides by what it remembers when it can not ask the database. */
  staleMaxMs: number;
  /** Whether nodes wake each other by `NOTIFY`. */
  notify: boolean;
  logLevel: string;
  /** Who may read /metrics besides those who have the token: nobody at all, this machine only, or everybody. */
  metrics: 'off' | 'loopback' | 'all';
  metricsToken: string | undefined;
  /** How traces are made where OTEL_EXPORTER_OTLP_ENDPOINT says that they are wanted; `ratio` is the part of those that begin here. */
  traces: { serviceName: string; ratio: number } | undefined;
  /** For how long it goes on as before when it is to stop, but for saying so: until load balancers have noticed. */
  drainWaitMs: number;
  /** The server that takes mail (`smtp://` or `smtps://`, with a password it may be) and who it is from. */
  mail: { server: string; from: string } | undefined;
  /** Processes that share the port and the database. */
  workers: number;
  /** Set in each of those by their parent: the token of the set-up link, which it has printed, and the port. */
  worker: Worker | undefined;
  /** Nobody has to sign in: for trying out, on a loopback address only. */
  openAccess: boolean;
}

/** What the command line sets instead of the environment. */
export interface Flags {
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
  workers?: string | undefined;
  openAccess?: boolean | undefined;
}

/** A setting that cannot be used; the message is one sentence for the person who starts the server. */
export class ConfigError extends Error {
  readonly exitCode: 1 | 2 = 1;
}

/** Settings that contradict each other: the program was called wrongly. */
export class CalledWrongly extends ConfigError {
  override readonly exitCode = 2;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Each may be given by the name of a file in `NAME_FILE`, as Docker, Kubernetes and systemd hand secrets over. */
const SECRETS = [
  'KEYWRIGHT_SECRET',
  'KEYWRIGHT_METRICS_TOKEN',
  'DATABASE_URL',
  'DATABASE_REPLICA_URL',
  'REDIS_URL',
  'SMTP_URL',
];
const SECRET_CHARS_MIN = 40;

/** Reads flags and environment. Throws ConfigError. */
export function readConfig(
  flags: Flags = {},
  environment: NodeJS.ProcessEnv = process.env,
  dataDefault = 'data',
): Config {
  const env = withSecretFiles(environment);
  const worker: Worker | undefined = env.KEYWRIGHT_WORKER ? JSON.parse(env.KEYWRIGHT_WORKER) : undefined;
  const data = resolve(flags.data ?? env.KEYWRIGHT_DATA ?? dataDefault);
  return {
    host: flags.host ?? env.KEYWRIGHT_HOST ?? '127.0.0.1',
    port: worker?.port ?? portOf(flags.port ?? env.KEYWRIGHT_PORT ?? '7600'),
    data,
    secret: secretOf(env.KEYWRIGHT_SECRET),
    database: databaseOf(env.DATABASE_URL, data),
    replica: replicaOf(env.DATABASE_REPLICA_URL, env.DATABASE_URL),
    redis: redisOf(env.REDIS_URL),
    publicUrl: urlOf(env.KEYWRIGHT_URL),
    forwardedHeaders: oneOf('KEYWRIGHT_FORWARDED_HEADERS', env.KEYWRIGHT_FORWARDED_HEADERS ?? 'x-forwarded', [
      'x-forwarded',
      'x-original',
      'envoy',
    ]),
    rateLimitStatus:
      oneOf('KEYWRIGHT_RATE_LIMIT_STATUS', env.KEYWRIGHT_RATE_LIMIT_STATUS ?? '429', ['429', '403']) === '403'
        ? 403
        : 429,
    trustedProxies: networksOf('KEYWRIGHT_TRUSTED_PROXIES', env.KEYWRIGHT_TRUSTED_PROXIES),
    importNetworks: networksOf('KEYWRIGHT_IMPORT_NETWORKS', env.KEYWRIGHT_IMPORT_NETWORKS),
    staleMaxMs: staleOf(env.KEYWRIGHT_STALE_MAX_MS || `${limits.staleMsDefault}`),
    notify: oneOf('KEYWRIGHT_NOTIFY', env.KEYWRIGHT_NOTIFY || 'on', ['on', 'off']) === 'on',
    logLevel: oneOf('KEYWRIGHT_LOG', env.KEYWRIGHT_LOG ?? 'warn', LEVELS),
    metrics: oneOf('KEYWRIGHT_METRICS', env.KEYWRIGHT_METRICS || 'loopback', ['off', 'loopback', 'all']),
    metricsToken: metricsTokenOf(env.KEYWRIGHT_METRICS_TOKEN),
    traces: tracesOf(env),
    drainWaitMs: drainWaitOf(env.KEYWRIGHT_DRAIN_WAIT_MS || '0'),
    mail: mailOf(env.SMTP_URL, env.KEYWRIGHT_MAIL_FROM),
    workers: workersOf(flags.workers ?? env.KEYWRIGHT_WORKERS ?? '1'),
    worker,
    openAccess:
      flags.openAccess ?? oneOf('KEYWRIGHT_OPEN_ACCESS', env.KEYWRIGHT_OPEN_ACCESS || '0', ['0', '1']) === '1',
  };
}

function withSecretFiles(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...environment };
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) throw new ConfigError(`${name} and ${name}_FILE are both set. Leave one of them out.`);
    env[name] = readSecretFile(`${name}_FILE`, file);
  }
  return env;
}

function readSecretFile(setting: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // what the file system throws
    throw new ConfigError(`The file ${file} of ${setting} can not be read (${code ?? message}).`);
  }
  if (text === '') throw new ConfigError(`The file ${file} of ${setting} is empty.`);
  return text;
}

function secretOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (text.length < SECRET_CHARS_MIN)
    throw new ConfigError(
      `KEYWRIGHT_SECRET must have at least ${SECRET_CHARS_MIN} random characters: "openssl rand -hex 32" prints some.`,
    );
  return text;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConfigError(`The port (--port or KEYWRIGHT_PORT) must be a number from 0 to 65535, not "${text}".`);
  return port;
}

function workersOf(text: string): number {
  if (!/^([1-9]|[1-5]\d|6[0-4])$/.test(text))
    throw new ConfigError(
      `The number of workers (--workers or KEYWRIGHT_WORKERS) must be from 1 to 64, not "${text}".`,
    );
  return Number(text);
}

/** All else of OpenTelemetry's variables its exporter reads itself. Source: OpenTelemetry, environment variable specification. */
function tracesOf(env: NodeJS.ProcessEnv): Config['traces'] {
  const endpoints = {
    OTEL_EXPORTER_OTLP_ENDPOINT: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  };
  for (const [name, text] of Object.entries(endpoints))
    if (text && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
      throw new ConfigError(`${name} must be an address such as http://127.0.0.1:4318.`);
  if (!Object.values(endpoints).some(Boolean) || env.OTEL_SDK_DISABLED === 'true') return undefined;
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG || '1');
  if (!(ratio >= 0 && ratio <= 1))
    throw new ConfigError(`OTEL_TRACES_SAMPLER_ARG must be from 0 to 1, not "${env.OTEL_TRACES_SAMPLER_ARG}".`);
  return { serviceName: env.OTEL_SERVICE_NAME || 'keywright', ratio };
}

function drainWaitOf(text: string): number {
  const ms = Number(text);
  if (!/^\d{1,5}$/.test(text) || ms > limits.drainWaitMsMax)
    throw new ConfigError(
      `KEYWRIGHT_DRAIN_WAIT_MS must be a number from 0 to ${limits.drainWaitMsMax}, not "${text}".`,
    );
  return ms;
}

function staleOf(text: string): number {
  const ms = Number(text);
  if (!/^\d{1,8}$/.test(text) || ms < limits.staleMsMin || ms > limits.staleMsMax)
    throw new ConfigError(
      `KEYWRIGHT_STALE_MAX_MS must be from ${limits.staleMsMin} to ${limits.staleMsMax} milliseconds, not "${text}".`,
    );
  return ms;
}

function databaseOf(url: string | undefined, data: string): string {
  if (!url) return resolve(data, 'keywright.db');
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new ConfigError('DATABASE_URL must begin with postgres://. Leave it out for the embedded database.');
  return url;
}

function redisOf(url: string | undefined): string | undefined {
  if (!url) return undefined;
  // It may hold a password, so it is not repeated.
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new ConfigError('REDIS_URL must be an address such as redis://:password@redis.example.com:6379.');
  return url;
}

const METRICS_TOKEN_CHARS_MIN = 16;

function metricsTokenOf(token: string | undefined): string | undefined {
  if (!token) return undefined;
  if (token.length < METRICS_TOKEN_CHARS_MIN || !/^[\x21-\x7e]+$/.test(token))
    throw new ConfigError(
      `KEYWRIGHT_METRICS_TOKEN must be at least ${METRICS_TOKEN_CHARS_MIN} visible ASCII characters, such as those of: openssl rand -hex 32.`,
    );
  return token;
}

function replicaOf(url: string | undefined, database: string | undefined): string | undefined {
  if (!url) return undefined;
  if (!/^postgres(ql)?:\/\//.test(url)) throw new ConfigError('DATABASE_REPLICA_URL must begin with postgres://.');
  if (!database)
    throw new ConfigError('DATABASE_REPLICA_URL needs DATABASE_URL: the database that it is a replica of.');
  return url;
}

function mailOf(server: string | undefined, from: string | undefined): Config['mail'] {
  if (!server) return undefined;
  // It may hold a password, so it is not repeated.
  if (!/^smtps?:$/.test(URL.parse(server)?.protocol ?? ''))
    throw new ConfigError('SMTP_URL must be an address such as smtp://user:password@mail.example.com:587.');
  if (!from?.includes('@') || /[\r\n]/.test(from))
    throw new ConfigError('KEYWRIGHT_MAIL_FROM must say who mail is from, such as Keywright <keys@example.com>.');
  return { server, from };
}

function urlOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`KEYWRIGHT_URL must be an address such as https://keys.example.com, not "${text}".`);
  return url.origin;
}

function networksOf(name: string, texts = ''): Network[] {
  return texts
    .split(',')
    .filter(Boolean)
    .map(text => {
      const network = parseNetwork(text.trim());
      if (network) return network;
      throw new ConfigError(`${name} must list addresses or networks such as 10.0.0.0/8, not "${text}".`);
    });
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find(one => one === text);
  if (value === undefined) throw new ConfigError(`${name} must be one of ${values.join(', ')}, not "${text}".`);
  return value;
}
