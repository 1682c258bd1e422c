/** Reads the environment once, at start-up; names a missing or malformed variable and stops the process. */
import * as z from 'zod';
import type { Parsed, Refuse } from '../connections/checks.ts';
import { checkDatabaseSecurity, databaseSecuritySettings } from '../connections/database-security.ts';
import { databaseSessionSettings } from '../connections/database-sessions.ts';
import { checkKafkaSecurity, kafkaSecuritySettings } from '../connections/kafka-security.ts';
import { checkRedis } from '../connections/redis-settings.ts';
import { readSettings } from './read-settings.ts';

/** Kafka's addresses, and how its clients connect. */
export const kafkaConfig = {
  KAFKA_BROKERS: z.string().min(1).describe('The brokers, `host:port,host:port`.'),
  KAFKA_PREFIX: z
    .string()
    .default('')
    .describe('Precedes every topic and group name, so that several systems can share a cluster.'),
  ...kafkaSecuritySettings,
};

/** The variables of every process. Each process extends them with its own. */
export const processConfig = z.object({
  ...kafkaConfig,
  DATABASE_URL: z
    .string()
    .min(1)
    .describe(
      'PostgreSQL, `postgresql://user@host:port/database`, or `host:port,host:port` for several servers: the first that takes writes is used. The password is better in a file.',
    ),
  DATABASE_POOL: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(6)
    .describe('The most connections to PostgreSQL.'),
  ...databaseSecuritySettings,
  ...databaseSessionSettings,
  HTTP_HOST: z.string().default('127.0.0.1').describe('The address on which the process listens.'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).describe('The port on which the process listens.'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('The least level logged.'),
});

/** The same without Kafka, for a process that neither reads nor writes it. */
export const processConfigWithoutKafka = processConfig.omit(
  Object.fromEntries(Object.keys(kafkaConfig).map((name) => [name, true])) as Record<
    keyof typeof kafkaConfig,
    true
  >,
);

/** Refuses contradictions in the settings of connections, as far as a schema has them. */
function checkConnections(settings: Parsed, refuse: Refuse): void {
  checkKafkaSecurity(settings, refuse);
  checkDatabaseSecurity(settings, refuse);
  checkRedis(settings, refuse);
}

/**
 * Parses the environment into a frozen object. An empty variable is an unset one, as compose files and shells leave it.
 * @throws Error naming each variable that is missing or malformed
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<z.infer<Schema>> {
  return readSettings(schema, environment, checkConnections);
}
