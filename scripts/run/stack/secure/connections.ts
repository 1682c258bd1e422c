/** The settings with which a process, a command or a test connects to a stack, by its principal. */
import { join } from 'node:path';
import { type DatabaseSecurity, databaseSecurity } from '#platform/connections/database-security.ts';
import { type KafkaSecurity, kafkaSecurity } from '#platform/connections/kafka-security.ts';
import { readState } from '../state.ts';
import { ADMIN, passwordFile, type Server, secureFolder } from './secrets.ts';

/** The superuser of a stack's PostgreSQL. */
export const DATABASE_ADMIN = 'postgres';

/** The authority that signed the certificates of a stack's servers. */
export const authorityOf = (stack: string): string => join(secureFolder(stack), 'ca.pem');

/** Whether a stack was made with `--secure`. */
export const isSecure = (stack: string): boolean => readState(stack)?.secure === true;

/** The principal of a process of the table: several of one kind share it. */
export const principalOf = (process: string): string => process.replace(/-\d+$/, '');

/** The settings of a principal's connections to a secured stack. */
export function secureEnvironment(
  stack: string,
  principals: Readonly<Partial<Record<Server, string>>>,
): Record<string, string> {
  const ca = authorityOf(stack);
  const { kafka, database, redis } = principals;
  return {
    ...(kafka !== undefined && {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USER: kafka,
      KAFKA_SASL_PASSWORD_FILE: passwordFile(stack, 'kafka', kafka),
      KAFKA_CA_FILE: ca,
    }),
    ...(database !== undefined && {
      DATABASE_TLS: 'verify-full',
      DATABASE_CA_FILE: ca,
      DATABASE_PASSWORD_FILE: passwordFile(stack, 'database', database),
    }),
    ...(redis !== undefined && {
      REDIS_CA_FILE: ca,
      REDIS_USER: redis,
      REDIS_PASSWORD_FILE: passwordFile(stack, 'redis', redis),
    }),
  };
}

/** The settings of the administrator's connections; none for a stack without `--secure`. */
export function adminEnvironment(stack: string): Record<string, string> {
  if (!isSecure(stack)) return {};
  return secureEnvironment(stack, { kafka: ADMIN, database: DATABASE_ADMIN, redis: ADMIN });
}

/** The stack whose administrator this process is, and what stood in its environment before. */
let own: { readonly stack: string; readonly before: Readonly<Record<string, string | undefined>> } | null =
  null;

/**
 * Makes this command's connections those of the administrator of a stack, which the clients take from its environment; those
 * of another stack before it end.
 */
export function connectAsAdmin(stack: string): void {
  restoreEnvironment();
  const settings = adminEnvironment(stack);
  own = { stack, before: Object.fromEntries(Object.keys(settings).map((name) => [name, process.env[name]])) };
  Object.assign(process.env, settings);
}

/** Ends that for a stack that is down: what this process connects to next is another one. */
export function endAdminOf(stack: string): void {
  if (own?.stack === stack) restoreEnvironment();
}

function restoreEnvironment(): void {
  for (const [name, value] of Object.entries(own?.before ?? {})) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  own = null;
}

/** A principal's security of Kafka's clients. */
export function kafkaSecurityOf(stack: string, principal: string): KafkaSecurity {
  return kafkaSecurity(secureEnvironment(stack, { kafka: principal }));
}

/** A role's security of PostgreSQL's clients; the plain stack has none. */
export function databaseSecurityOf(stack: string, role: string): DatabaseSecurity {
  return databaseSecurity(isSecure(stack) ? secureEnvironment(stack, { database: role }) : {});
}
