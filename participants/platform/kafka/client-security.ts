/** The security of a connection as each of the two libraries takes it. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type AccessToken, accessTokens } from '../connections/access-token.ts';
import type { KafkaSasl, KafkaSecurity } from '../connections/kafka-security.ts';
import { type RestartFiles, restartFiles } from '../connections/restart-files.ts';
import { filesOf, tlsOptions } from '../connections/tls-files.ts';

/** As often is a password's file read again, for consumers. */
const PASSWORD_CHECK_MS = 2_000;

/** The settings of @platformatic/kafka. Each of its connections reads the files again. */
export interface ProducingSecurity {
  readonly tls?: ConnectionOptions;
  /** Sends the broker's name ahead, by which a proxy in front of several brokers chooses one. */
  readonly tlsServerName?: boolean;
  readonly sasl?: {
    readonly mechanism: KafkaSasl['mechanism'];
    readonly username?: string;
    readonly password?: () => string;
    readonly token?: () => Promise<string>;
    readonly oauthBearerExtensions?: Record<string, string>;
  };
}

/** @param brokers `host:port,…` */
export function producingSecurity({ tls, sasl }: KafkaSecurity, brokers: string): ProducingSecurity {
  return {
    ...(tls !== null && {
      tls: tlsOptions(tls),
      // An IP address must not be sent as a name.
      tlsServerName: brokers.split(',').every((broker) => isIP(hostOf(broker)) === 0),
    }),
    ...(sasl !== null && { sasl: producingSasl(sasl) }),
  };
}

function producingSasl(sasl: KafkaSasl): NonNullable<ProducingSecurity['sasl']> {
  const { mechanism, user, password, oauth } = sasl;
  if (oauth === undefined) return { mechanism, username: user, password };
  const token = accessTokens(sasl);
  return {
    mechanism,
    token: async () => (await token()).value,
    oauthBearerExtensions: { ...oauth.extensions },
  };
}

function hostOf(broker: string): string {
  return broker
    .trim()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
}

/** The settings of librdkafka. It reads the files of certificates once: `restartFiles` has a changed one end the process. */
export function consumingSecurity(
  { tls, sasl }: KafkaSecurity,
  restarts: RestartFiles = restartFiles,
): Record<string, unknown> {
  if (tls !== null) for (const { path } of filesOf(tls)) restarts.add(path);
  const token = sasl?.oauth === undefined ? null : accessTokens(sasl);
  return {
    'security.protocol': `${sasl === null ? '' : 'sasl_'}${tls === null ? 'plaintext' : 'ssl'}`,
    ...(tls?.ca && { 'ssl.ca.location': tls.ca.path }),
    ...(tls?.identity && {
      'ssl.certificate.location': tls.identity.cert.path,
      'ssl.key.location': tls.identity.key.path,
    }),
    ...(sasl !== null && { 'sasl.mechanism': sasl.mechanism }),
    ...(sasl !== null && token === null && { 'sasl.username': sasl.user, 'sasl.password': sasl.password() }),
    ...(sasl?.oauth &&
      token !== null && {
        oauthbearer_token_refresh_cb: async () => librdkafkaToken(await token(), sasl),
      }),
  };
}

function librdkafkaToken({ value, expiresAtMs }: AccessToken, { user, oauth }: KafkaSasl) {
  return { tokenValue: value, lifetime: expiresAtMs, principal: user, extensions: { ...oauth?.extensions } };
}

/**
 * Hands a rotated password to a consumer: librdkafka keeps the one it was made with.
 * @param set called with the user and the new password
 */
export function followPassword(
  { sasl }: KafkaSecurity,
  set: (user: string, password: string) => void,
  everyMs = PASSWORD_CHECK_MS,
): { close(): void } {
  if (sasl === null || sasl.oauth !== undefined) return { close() {} };
  // The text itself stays in memory no longer than a check.
  const digestOf = (text: string) => createHash('sha256').update(text).digest('base64');
  let known = digestOf(sasl.password());
  const timer = setInterval(() => {
    const password = sasl.password();
    const digest = digestOf(password);
    if (digest === known) return;
    known = digest;
    set(sasl.user, password);
  }, everyMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
