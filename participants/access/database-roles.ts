/** The roles of a PostgreSQL server, from the list of who may do what: SQL that may run again and again. */
import { ACCESS, OWNER, POSTGRES_EXPORTER, type ProcessAccess } from './access.ts';

/** The audit and its triggers belong to the owner, and no process may remove a row of it. */
const AUDIT = 'orchestrator.actions';

const name = (role: string) => `"${role.replaceAll('"', '""')}"`;

/** The processes with a role. */
const ROLES = ACCESS.filter(({ schema }) => schema !== null);

/** Every role: the owner's, the exporter's, and one a process. */
export const DATABASE_ROLES: readonly string[] = [
  OWNER,
  POSTGRES_EXPORTER,
  ...ROLES.map(({ process }) => process),
];

/** Creates the roles that are missing, without passwords; to run as a superuser, once a server. */
export function createRoles(): string {
  return [
    ...DATABASE_ROLES.map(
      (role) =>
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${name(role)} LOGIN; END IF; END $$;`,
    ),
    // Migrations change the tables that a process owns because it creates their partitions.
    ...ROLES.filter(({ keepsPartitions }) => keepsPartitions).map(
      ({ process }) => `GRANT ${name(process)} TO ${name(OWNER)};`,
    ),
    // Taking a partition off takes the owner of its table.
    ...ROLES.filter(({ dropsMonths }) => dropsMonths).flatMap((taker) =>
      ROLES.filter(({ keepsPartitions }) => keepsPartitions).map(
        ({ process }) => `GRANT ${name(process)} TO ${name(taker.process)};`,
      ),
    ),
    // It reads whole tables, some of which have rows of every process.
    `GRANT pg_read_all_data TO ${ROLES.filter(({ schema }) => schema === 'every')
      .map(({ process }) => name(process))
      .join(', ')};`,
    `GRANT pg_monitor TO ${name(POSTGRES_EXPORTER)};`,
  ].join('\n');
}

/** Permits each role its own schema in the present database, and nothing else; to run as a superuser after migrations. */
export function grantDatabase(database: string): string {
  const processes = ROLES.map(({ process }) => name(process)).join(', ');
  return [
    `REVOKE ALL ON DATABASE ${name(database)} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${name(database)} TO ${name(OWNER)}, ${processes};`,
    ...ROLES.filter(({ schema }) => schema !== 'every').map(grantSchema),
    ...ROLES.filter(({ identity }) => identity !== null).map(grantIdentity),
  ].join('\n');
}

function grantSchema({ process, schema, keepsPartitions }: ProcessAccess): string {
  const role = name(process);
  return [
    `GRANT USAGE${keepsPartitions ? ', CREATE' : ''} ON SCHEMA ${schema} TO ${role};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`,
    ...(schema === AUDIT.split('.')[0] ? [`REVOKE DELETE ON ${AUDIT} FROM ${role};`] : []),
    ...(keepsPartitions ? [ownPartitioned(role, String(schema))] : []),
  ].join('\n');
}

/** Backends' keys and ended tokens have a schema of their own. A key is kept, an ending deleted once it is of no use. */
function grantIdentity({ process, identity }: ProcessAccess): string {
  const role = name(process);
  return [
    `GRANT USAGE ON SCHEMA identity TO ${role};`,
    `GRANT SELECT ON identity.api_keys, identity.ended_tokens TO ${role};`,
    ...(identity === 'writes'
      ? [
          `GRANT INSERT, UPDATE ON identity.api_keys TO ${role};`,
          `GRANT INSERT, DELETE ON identity.ended_tokens TO ${role};`,
        ]
      : []),
  ].join('\n');
}

/** Attaching a partition takes the owner of its table. */
function ownPartitioned(role: string, schema: string): string {
  return `DO $$ DECLARE one regclass; BEGIN
  FOR one IN SELECT c.oid FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    LEFT JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p'
    WHERE c.relnamespace = '${schema}'::regnamespace AND c.relkind IN ('p', 'r') AND (c.relkind = 'p' OR p.oid IS NOT NULL)
      AND pg_get_userbyid(c.relowner) <> '${role.slice(1, -1)}'
  LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${role}', one); END LOOP;
END $$;`;
}
