/** The secrets of a cluster: who makes each, and random values for those that nobody has to know. */
import { randomBytes } from 'node:crypto';
import { ACCESS, SCALER } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { REDIS_USERS, redisAclFile } from '#participants/access/redis-users.ts';
import { CONTRACTS } from '#participants/registry.ts';
import type { Overlay } from './build-overlay.ts';
import {
  databaseSecret,
  KAFKA_CA,
  KAFKA_USER_PREFIX,
  POSTGRES_CA,
  REDIS_TLS,
  REDIS_USERS_SECRET,
  REPLY_KEYS,
  redisSecret,
  replyKeySecret,
  SUPERUSER_SECRET,
} from './names.ts';

/** Secrets that the operators of Kafka and PostgreSQL make. */
export const BY_OPERATORS: readonly string[] = [
  KAFKA_CA,
  POSTGRES_CA,
  SUPERUSER_SECRET,
  ...ACCESS.filter(({ reads, writes }) => reads.length + writes.length > 0).map(
    ({ process }) => `${KAFKA_USER_PREFIX}${process}`,
  ),
  `${KAFKA_USER_PREFIX}${SCALER}`,
];

/** Secrets whose values come from elsewhere, with their keys; a person makes them. */
export const BY_PEOPLE: Readonly<Record<Overlay, Readonly<Record<string, readonly string[]>>>> = {
  small: { [REDIS_TLS]: ['ca.crt', 'tls.crt', 'tls.key'] },
  production: {
    [REDIS_TLS]: ['ca.crt', 'tls.crt', 'tls.key'],
    'payment-gateway': ['key', 'webhook-secret'],
    'mail-server': ['url'],
    'shop-tls': ['tls.crt', 'tls.key'],
    'postgres-backups': ['access-key-id', 'secret-access-key'],
  },
};

/** Of Redis's file of users; it is in no other secret, for no process is the administrator. */
const REDIS_ADMIN = 'admin';

const random = () => randomBytes(32).toString('base64url');

/** The secrets with random values. What belongs together, such as a password and its digest, has the same. */
export function randomSecrets(overlay: Overlay): Map<string, Record<string, string>> {
  const passwords = new Map([REDIS_ADMIN, ...REDIS_USERS].map((user) => [user, random()]));
  const passwordOf = (user: string) => passwords.get(user) ?? '';
  const keys = new Map(CONTRACTS.map(({ name }) => [name, random()]));
  return new Map<string, Record<string, string>>([
    ...DATABASE_ROLES.map((role) => [databaseSecret(role), { username: role, password: random() }] as const),
    ...REDIS_USERS.map((user) => [redisSecret(user), { password: passwordOf(user) }] as const),
    [REDIS_USERS_SECRET, { 'users.acl': redisAclFile(passwordOf, REDIS_ADMIN) }],
    ...[...keys].map(([name, key]) => [replyKeySecret(name), { key }] as const),
    [REPLY_KEYS, { keys: [...keys].map(([name, key]) => `${name} ${key}\n`).join('') }],
    ['coupon-address-keys', { keys: `${random()}\n` }],
    ...(overlay === 'small'
      ? ([
          ['auth-secret', { secret: `${random()}\n` }],
          ['payment-gateway', { key: `sk_test_${random()}`, 'webhook-secret': `${random()}\n` }],
        ] as const)
      : []),
  ]);
}

/** The same as objects of a cluster, for `kubectl create -f -`. */
export function secretList(overlay: Overlay, namespace: string) {
  const items = [...randomSecrets(overlay)].map(([name, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'username' in stringData ? 'kubernetes.io/basic-auth' : 'Opaque',
    stringData,
  }));
  return { apiVersion: 'v1', kind: 'List', items };
}
