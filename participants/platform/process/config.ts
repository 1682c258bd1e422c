/** Reads the environment once, at start-up; names a missing or malformed variable and stops the process. */
import * as z from 'zod';
import { describeIssues } from '#protocol/codec.ts';

/** The variables of every process. Each process extends them with its own. */
export const processConfig = z.object({
  KAFKA_BROKERS: z.string().min(1),
  /** Precedes every topic and group name, so that several systems can share a cluster. */
  KAFKA_PREFIX: z.string().default(''),
  DATABASE_URL: z.string().min(1),
  DATABASE_POOL: z.coerce.number().int().min(1).max(100).default(6),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
});

/**
 * Parses the environment into a frozen object. An empty variable is an unset one, as compose files and shells leave it.
 * @throws Error naming each variable that is missing or malformed
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<z.infer<Schema>> {
  const set = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(set));
  if (!parsed.success) throw new Error(`configuration: ${describeIssues(parsed.error)}`);
  return Object.freeze(parsed.data);
}
