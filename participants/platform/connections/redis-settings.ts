/** Redis's address and how this process proves itself to it, as ioredis takes them. */
import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import * as z from 'zod';
import { readSettings } from '../process/read-settings.ts';
import { checkPair, isSet, type Parsed, type Refuse, tlsFilesIn } from './checks.ts';
import { lastGood, readSecret } from './secret-file.ts';
import { checkTlsFiles, tlsOptions } from './tls-files.ts';

const file = () => z.string().min(1).optional();

/** The settings of the connection to Redis. */
export const redisSettings = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'write redis://host:port, or rediss://host:port for TLS' })
    .optional()
    .describe('Redis, `redis://host:port`, or `rediss://host:port` for TLS.'),
  REDIS_SENTINELS: z
    .string()
    .regex(/^[^,:\s]+:\d+(,[^,:\s]+:\d+)*$/, 'write host:port,host:port')
    .optional()
    .describe('Sentinels, `host:port,host:port`, instead of REDIS_URL: they name the present primary.'),
  REDIS_SENTINEL_NAME: z
    .string()
    .min(1)
    .optional()
    .describe('The name under which the sentinels watch the primary.'),
  REDIS_TLS: z
    .enum(['on', 'off'])
    .optional()
    .describe('With REDIS_SENTINELS: TLS to Redis and to the sentinels. A REDIS_URL says it by rediss://.'),
  REDIS_CA_FILE: file().describe(
    'Authorities (PEM) that sign Redis’s certificate; Node’s own list without it.',
  ),
  REDIS_CERT_FILE: file().describe('This process’s certificate (PEM), for mutual TLS with Redis.'),
  REDIS_KEY_FILE: file().describe('The key of REDIS_CERT_FILE (PEM, without a passphrase).'),
  REDIS_USER: z.string().min(1).optional().describe('The ACL user; Redis’s default user without it.'),
  REDIS_PASSWORD_FILE: file().describe('A file with its password, read again for each connection.'),
};

/** Refuses settings without an address, for a process that cannot go without Redis. */
export function requireRedis(settings: Parsed, refuse: Refuse): void {
  if (!isSet(settings, 'REDIS_URL') && !isSet(settings, 'REDIS_SENTINELS'))
    refuse('REDIS_URL', 'is missing: write redis://host:port, or set REDIS_SENTINELS');
}

/** Refuses settings that contradict each other, each with what to write instead. */
export function checkRedis(settings: Parsed, refuse: Refuse): void {
  const url = settings['REDIS_URL'];
  const bySentinels = isSet(settings, 'REDIS_SENTINELS');
  if (bySentinels && url !== undefined)
    refuse('REDIS_URL', 'and REDIS_SENTINELS exclude each other: leave one of them out');
  if (bySentinels && !isSet(settings, 'REDIS_SENTINEL_NAME'))
    refuse('REDIS_SENTINEL_NAME', 'is missing: write the name under which the sentinels watch the primary');
  if (!bySentinels)
    for (const variable of ['REDIS_SENTINEL_NAME', 'REDIS_TLS'])
      if (isSet(settings, variable)) refuse(variable, 'has no effect without REDIS_SENTINELS: leave it out');
  const usesTls = bySentinels ? settings['REDIS_TLS'] === 'on' : String(url).startsWith('rediss:');
  if (!usesTls)
    for (const variable of ['REDIS_CA_FILE', 'REDIS_CERT_FILE', 'REDIS_KEY_FILE'])
      if (isSet(settings, variable))
        refuse(variable, 'has no effect without TLS: write rediss:// in REDIS_URL, or REDIS_TLS=on');
  if (isSet(settings, 'REDIS_USER') && !isSet(settings, 'REDIS_PASSWORD_FILE'))
    refuse('REDIS_PASSWORD_FILE', 'is missing: write the file with the password of REDIS_USER');
  if (
    isSet(settings, 'REDIS_PASSWORD_FILE') &&
    typeof url === 'string' &&
    URL.canParse(url) &&
    new URL(url).password
  )
    refuse(
      'REDIS_PASSWORD_FILE',
      'is set and REDIS_URL has a password as well: leave that out of the address',
    );
  checkPair(settings, 'REDIS', refuse);
}

/** Where Redis is, and with what to connect; null: no Redis is configured. */
export interface RedisConnection {
  readonly options: RedisOptions;
  /** Reads the password; null: it is in the URL, or there is none. */
  readonly password: (() => string) | null;
}

/**
 * The connection that settings describe, its files checked; null without an address.
 * @throws Error naming the setting: a contradiction, or a file that is missing, unreadable or expired
 */
export function redisConnection(environment: NodeJS.ProcessEnv = process.env): RedisConnection | null {
  const settings = readSettings(z.object(redisSettings), environment, checkRedis);
  const { REDIS_URL: url, REDIS_SENTINELS: sentinels, REDIS_PASSWORD_FILE: passwordFile } = settings;
  if (url === undefined && sentinels === undefined) return null;
  const files = tlsFilesIn(settings, 'REDIS');
  const usesTls = sentinels === undefined ? String(url).startsWith('rediss:') : settings.REDIS_TLS === 'on';
  if (usesTls) checkTlsFiles(files);
  const password =
    passwordFile === undefined ? null : lastGood(() => readSecret('REDIS_PASSWORD_FILE', passwordFile));
  const tls = usesTls ? tlsOptions(files) : undefined;
  const place =
    sentinels === undefined ? placeIn(url ?? '', tls) : placeBySentinels(sentinels, settings, tls);
  const user = settings.REDIS_USER;
  return { options: { ...place, ...(user !== undefined && { username: user }) }, password };
}

function placeIn(url: string, tls: RedisOptions['tls']): RedisOptions {
  const { hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? 6379 : Number(port),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(/^\/\d+$/.test(pathname) && { db: Number(pathname.slice(1)) }),
    // A proxy in front of several servers chooses by the name; an IP address must not be sent as one.
    ...(tls !== undefined && { tls: isIP(host) === 0 ? Object.assign(tls, { servername: host }) : tls }),
  };
}

function placeBySentinels(
  sentinels: string,
  settings: { REDIS_SENTINEL_NAME?: string | undefined },
  tls: RedisOptions['tls'],
): RedisOptions {
  return {
    sentinels: sentinels.split(',').map((place) => {
      const [host = '', port] = place.split(':');
      return { host, port: Number(port) };
    }),
    name: settings.REDIS_SENTINEL_NAME ?? '',
    ...(tls !== undefined && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

/** The connection to another address, with what this process's settings say beside it. */
export function redisAt(url: string): RedisConnection {
  return redisConnection({ ...process.env, REDIS_URL: url }) as RedisConnection;
}

/** The same as the options of a client that connects once. */
export function redisOptionsAt(url: string): RedisOptions {
  const { options, password } = redisAt(url);
  return { ...options, ...(password !== null && { password: password() }) };
}
