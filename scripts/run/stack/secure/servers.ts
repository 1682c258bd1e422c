/** What makes the servers of a stack secure: certificates, listeners, rules of access. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS, SET_UP } from '#participants/access/access.ts';
import { REDIS_USERS, redisAclFile } from '#participants/access/redis-users.ts';
import type { ServerUser } from '../postgres-user.ts';
import { ensureIssued } from './certificates.ts';
import { authorityOf } from './connections.ts';
import { ADMIN, BROKER, passwordOf, secureFolder } from './secrets.ts';

/** Every principal with a password at the brokers. */
export const KAFKA_PRINCIPALS: readonly string[] = [
  BROKER,
  ADMIN,
  SET_UP,
  ...ACCESS.filter(({ reads, writes }) => reads.length + writes.length > 0).map(({ process }) => process),
];

/** The login by a password, in the words of Kafka's settings. */
export const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required';

/** The name of a secured stack's listener, as Kafka's clients have it. */
export const LISTENER = 'SASL_SSL';

/**
 * A broker's settings: SCRAM over TLS for clients and other brokers, certificates between controllers, which cannot know
 * passwords before they have a log; and nothing permitted that no ACL permits.
 * @param listeners the names of the listeners beside the controllers'
 */
export async function brokerSecurity(
  stack: string,
  listeners: readonly string[],
): Promise<Record<string, string>> {
  const { both } = await ensureIssued(secureFolder(stack), BROKER);
  const ca = authorityOf(stack);
  const broker = `${SCRAM} username="${BROKER}" password="${passwordOf(stack, 'kafka', BROKER)}";`;
  const signIn = (listener: string) => {
    const prefix = `listener.name.${listener.toLowerCase()}`;
    return {
      [`${prefix}.scram-sha-512.sasl.jaas.config`]: broker,
      [`${prefix}.scram-sha-256.sasl.jaas.config`]: `${SCRAM};`,
    };
  };
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    ...Object.assign({}, ...listeners.map(signIn)),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': both,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca,
    'listener.name.controller.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': `User:${BROKER};User:${ADMIN}`,
  };
}

/** The users that a new cluster must have before anybody can sign in to make others. */
export function firstUsers(stack: string): string[] {
  return [BROKER, ADMIN].flatMap((user) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${user},password=${passwordOf(stack, 'kafka', user)}]`,
  ]);
}

/** PostgreSQL's settings: TLS alone, and passwords. Its files lie in its own folder, which only its user may enter. */
export async function postgresSecurity(
  stack: string,
  data: string,
  { owner }: ServerUser,
): Promise<Record<string, string>> {
  const { cert, key } = await ensureIssued(secureFolder(stack), 'postgres');
  const own = {
    cert: join(data, 'server.pem'),
    key: join(data, 'server.key'),
    rules: join(data, 'rules.conf'),
  };
  copyFileSync(cert, own.cert);
  copyFileSync(key, own.key);
  writeFileSync(own.rules, 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  for (const file of Object.values(own)) {
    chmodSync(file, 0o600);
    if (owner) chownSync(file, owner.uid, owner.gid);
  }
  return { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key, hba_file: own.rules };
}

/** Redis's settings: TLS alone, and a user for each process. */
export async function redisSecurity(stack: string, port: number): Promise<string[]> {
  const { cert, key } = await ensureIssued(secureFolder(stack), 'redis');
  const quoted = (path: string) => `"${path.replace(/["\\]/g, '\\$&')}"`;
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${quoted(cert)}`,
    `tls-key-file ${quoted(key)}`,
    `tls-ca-cert-file ${quoted(authorityOf(stack))}`,
    'tls-auth-clients optional',
    `aclfile ${quoted(writeRedisUsers(stack))}`,
  ];
}

/** Writes Redis's users with their present passwords. @returns the file */
export function writeRedisUsers(stack: string): string {
  const folder = secureFolder(stack);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'redis-users.acl');
  writeFileSync(
    file,
    redisAclFile((user) => passwordOf(stack, 'redis', user), ADMIN),
    { mode: 0o600 },
  );
  return file;
}

/** Every user of Redis with a password. */
export const REDIS_PRINCIPALS: readonly string[] = [ADMIN, ...REDIS_USERS];
