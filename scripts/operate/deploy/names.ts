/** Names that the objects of the cluster have in common. */
import { ACCESS, POSTGRES_EXPORTER, REDIS_EXPORTER } from '#participants/access/access.ts';

/** The whole system, as `app.kubernetes.io/part-of`. */
export const SYSTEM = 'order-saga';
/** The image of every process; an overlay names its registry and its tag. */
export const IMAGE = 'order-saga-orchestrator';

/** The `Kafka` and the `Cluster` of PostgreSQL, and the `StatefulSet` of Redis, which are written by hand. */
export const KAFKA = 'kafka';
export const POSTGRES = 'postgres';
export const REDIS = 'redis';
export const DATABASE = 'saga';
/** The superuser that CloudNativePG makes; the job that grants rights is the only one that uses it. */
export const SUPERUSER = 'postgres';

/** Where operators put what they make. */
export const KAFKA_CA = 'kafka-cluster-ca-cert';
export const POSTGRES_CA = 'postgres-ca';
export const SUPERUSER_SECRET = 'postgres-superuser';
/** Strimzi makes a secret for each `KafkaUser`, with this before its name (`userOperator.secretPrefix`). */
export const KAFKA_USER_PREFIX = 'kafka-user-';

/** Ports. Redis has no port without TLS; brokers have this listener for clients. */
export const PORTS = {
  http: 8080,
  webhooks: 8081,
  metrics: 9464,
  kafka: 9093,
  kafkaReplication: 9091,
  kafkaControl: 9090,
  kafkaMetrics: 9404,
  postgres: 5432,
  postgresStatus: 8000,
  redis: 6379,
  postgresExporter: 9187,
  redisExporter: 9121,
} as const;

/** Secrets that people make, and `npm run deploy -- secrets` prints where a random value will do. */
export const databaseSecret = (role: string): string => `database-${role.replaceAll('_', '-')}`;
export const redisSecret = (user: string): string => `redis-user-${user}`;
export const replyKeySecret = (participant: string): string => `reply-key-${participant}`;
export const REPLY_KEYS = 'reply-keys';
export const REDIS_TLS = 'redis-tls';
export const REDIS_USERS_SECRET = 'redis-users';

/** The label of a pod that may connect to a server; the network's policies select it. */
export const connects = (server: 'kafka' | 'postgres' | 'redis'): string => `connects-to-${server}`;

/** The servers to which a process connects, from the list of who may do what. */
export function serversOf(process: string): ReadonlySet<'kafka' | 'postgres' | 'redis'> {
  if (process === POSTGRES_EXPORTER) return new Set(['postgres']);
  if (process === REDIS_EXPORTER) return new Set(['redis']);
  const access = ACCESS.find((one) => one.process === process);
  const all = new Set<'kafka' | 'postgres' | 'redis'>();
  if (access === undefined) return all;
  if (access.reads.length + access.writes.length > 0) all.add('kafka');
  if (access.schema !== null) all.add('postgres');
  if (access.redisKeys !== null) all.add('redis');
  return all;
}
