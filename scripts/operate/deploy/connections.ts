/** How a process connects to Kafka, PostgreSQL and Redis: the settings that all have, and the files with what only it has. */
import {
  DATABASE,
  databaseSecret,
  KAFKA,
  KAFKA_CA,
  KAFKA_USER_PREFIX,
  PORTS,
  POSTGRES_CA,
  REDIS,
  REDIS_TLS,
  redisSecret,
  serversOf,
} from './names.ts';
import type { MountedFile } from './workloads.ts';

/** Parts of a pod. */
export interface PodParts {
  readonly env: ReadonlyArray<Readonly<{ name: string; value: string }>>;
  readonly mounts: readonly object[];
  readonly volumes: readonly object[];
}

/** The address of PostgreSQL for a role. @param service `rw` leads to the primary, `ro` to a standby */
export const databaseUrl = (role: string, service: 'rw' | 'ro' = 'rw'): string =>
  `postgresql://${role}@postgres-${service}:${PORTS.postgres}/${DATABASE}`;

/** The files that prove a process and its servers to each other. */
export function connectionsOf(process: string): MountedFile[] {
  const servers = serversOf(process);
  return [
    ...(servers.has('kafka') ? kafkaFiles(process) : []),
    ...(servers.has('postgres') ? databaseFiles(databaseSecret(process)) : []),
    ...(servers.has('redis') ? redisFiles(process) : []),
  ];
}

const kafkaFiles = (user: string): MountedFile[] => [
  { setting: 'KAFKA_CA_FILE', from: { secret: KAFKA_CA, key: 'ca.crt' } },
  {
    setting: 'KAFKA_SASL_PASSWORD_FILE',
    from: { secret: `${KAFKA_USER_PREFIX}${user}`, key: 'password' },
  },
];

/** @param secret the one with the role's password */
export const databaseFiles = (secret: string): MountedFile[] => [
  { setting: 'DATABASE_CA_FILE', from: { secret: POSTGRES_CA, key: 'ca.crt' } },
  { setting: 'DATABASE_PASSWORD_FILE', from: { secret, key: 'password' } },
];

const redisFiles = (user: string): MountedFile[] => [
  { setting: 'REDIS_CA_FILE', from: { secret: REDIS_TLS, key: 'ca.crt' } },
  { setting: 'REDIS_PASSWORD_FILE', from: { secret: redisSecret(user), key: 'password' } },
];

/** Settings by which a process finds its servers. */
export function serverSettings(process: string): Record<string, string> {
  const servers = serversOf(process);
  return {
    ...(servers.has('kafka') && {
      KAFKA_BROKERS: `${KAFKA}-kafka-bootstrap:${PORTS.kafka}`,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    }),
    ...(servers.has('postgres') && { DATABASE_TLS: 'verify-full' }),
    ...(servers.has('redis') && { REDIS_URL: `rediss://${REDIS}:${PORTS.redis}` }),
  };
}
