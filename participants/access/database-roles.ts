/** The roles of a PostgreSQL server, from the list of who may do what: SQL that may run again and again. */
import { ACCESS, beats, OWNER, POSTGRES_EXPORTER, type ProcessAccess } from './access.ts';

/** The audit and its triggers belong to the owner, and no process may remove a row of it. */
const AUDIT = 'orchestrator.actions';

const name = (role: string) => `"${role.replaceAll('"', '""')}"`;

/** PostgreSQL's own roles are not quoted, as it writes them itself. */
const nameOrOwn = (role: string) => (role.startsWith('pg_') ? role : name(role));

/** The processes with a role. */
const ROLES = ACCESS.filter(({ schema }) => schema !== null);

/** Every schema. */
const IDENTITY = 'identity';
const CONTINUITY = 'continuity';
const SCHEMAS = [
  ...new Set(ROLES.flatMap(({ schema }) => (schema === null || schema === 'every' ? [] : [schema]))),
  IDENTITY,
  CONTINUITY,
];

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const texts = (all: readonly string[]) => all.map(text).join(', ');
/** Attaching a partition takes the owner of its table: the role that keeps the partitions of each schema. */
const KEEPERS = ROLES.filter(({ keepsPartitions }) => keepsPartitions)
  .map(({ process, schema }) => `('${schema}', '${process}')`)
  .join(', ');

/** Every role: the owner's, the exporter's, and one a process. */
export const DATABASE_ROLES: readonly string[] = [
  OWNER,
  POSTGRES_EXPORTER,
  ...ROLES.map(({ process }) => process),
];

const ownersOfPartitions = ROLES.filter(({ keepsPartitions }) => keepsPartitions).map(
  ({ process }) => process,
);

/** The roles of which each role is a member, by its name; of the others none. */
export const MEMBERSHIPS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  // Migrations change the tables that a process owns because it creates their partitions.
  [OWNER, ownersOfPartitions],
  // It reads whole tables, some of which have rows of every process; taking a partition off takes the owner of its table.
  ...ROLES.filter(({ schema }) => schema === 'every').map(
    ({ process, dropsMonths }) =>
      [process, [...(dropsMonths ? ownersOfPartitions : []), 'pg_read_all_data']] as const,
  ),
  [POSTGRES_EXPORTER, ['pg_monitor']],
]);

/** Creates the roles that are missing, without passwords; to run as a superuser, once a server. */
export function createRoles(): string {
  return [
    ...DATABASE_ROLES.map(
      (role) =>
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${name(role)} LOGIN; END IF; END $$;`,
    ),
    ...[...MEMBERSHIPS].flatMap(([member, roles]) =>
      roles.map((role) => `GRANT ${nameOrOwn(role)} TO ${name(member)};`),
    ),
  ].join('\n');
}

/**
 * Hands a database that somebody else made to its owners, with all that is in it: to `saga_owner`, and what is partitioned to the
 * process that creates the partitions; to run as a superuser, before the owner migrates. What has its owner already is not touched,
 * so no lock is taken for it; a lock that is not to be had within five seconds ends it, and it may be run again.
 */
export function ownDatabase(database: string): string {
  return `DO $$ DECLARE one record; BEGIN
  PERFORM set_config('lock_timeout', '5s', true);
  IF (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ${text(database)}) <> '${OWNER}' THEN
    ALTER DATABASE ${name(database)} OWNER TO ${name(OWNER)};
  END IF;
  FOR one IN SELECT nspname FROM pg_namespace WHERE nspname IN (${texts(SCHEMAS)}) AND pg_get_userbyid(nspowner) <> '${OWNER}'
  LOOP EXECUTE format('ALTER SCHEMA %I OWNER TO ${name(OWNER)}', one.nspname); END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS routine FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN (${texts(SCHEMAS)}) AND pg_get_userbyid(p.proowner) <> '${OWNER}'
  LOOP EXECUTE format('ALTER ROUTINE %s OWNER TO ${name(OWNER)}', one.routine); END LOOP;
  -- A month that retention has taken off is a table of its own until it is exported.
  FOR one IN SELECT c.oid::regclass AS whole, t.owner FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (VALUES ${KEEPERS}) AS k(schema, keeper) ON k.schema = n.nspname
    CROSS JOIN LATERAL (SELECT CASE WHEN c.relkind = 'p'
        OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p' WHERE i.inhrelid = c.oid)
        OR EXISTS (SELECT FROM pg_class p WHERE p.relnamespace = c.relnamespace AND p.relkind = 'p'
                      AND c.relname ~ ('^' || p.relname || '_[0-9]{4}_[0-9]{2}$'))
      THEN k.keeper ELSE '${OWNER}' END AS owner) t
    WHERE c.relkind IN ('p', 'r') AND pg_get_userbyid(c.relowner) <> t.owner
      AND (n.nspname IN (${texts(SCHEMAS)}) OR c.oid = to_regclass('public._prisma_migrations'))
  LOOP EXECUTE format('ALTER TABLE %s OWNER TO %I', one.whole, one.owner); END LOOP;
END $$;`;
}

/**
 * Permits each role its own schema in the present database, and nothing else; to run as a superuser after migrations.
 * What was granted on a schema to anybody else is taken back.
 */
export function grantDatabase(database: string): string {
  const processes = ROLES.map(({ process }) => name(process)).join(', ');
  return [
    ownDatabase(database),
    `REVOKE ALL ON DATABASE ${name(database)} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${name(database)} TO ${name(OWNER)}, ${processes};`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
    ...SCHEMAS.map(revokeFromOthers),
    ...ROLES.filter(({ schema }) => schema !== 'every').map(grantSchema),
    ...ROLES.filter(({ identity }) => identity !== null).map(grantIdentity),
    ...ROLES.filter(beats).map(grantBeats),
  ].join('\n');
}

/** The roles that have no business in a schema, among them everybody whom nobody lists. */
function revokeFromOthers(schema: string): string {
  const others = ROLES.filter(
    (one) =>
      one.schema !== schema &&
      !(schema === IDENTITY && one.identity !== null) &&
      !(schema === CONTINUITY && beats(one)),
  );
  const from = ['PUBLIC', ...others.map(({ process }) => name(process))].join(', ');
  return [
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${from};`,
    `REVOKE ALL ON SCHEMA ${schema} FROM ${from};`,
  ].join('\n');
}

function grantSchema({ process, schema, keepsPartitions }: ProcessAccess): string {
  const role = name(process);
  return [
    `GRANT USAGE${keepsPartitions ? ', CREATE' : ''} ON SCHEMA ${schema} TO ${role};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`,
    ...(schema === AUDIT.split('.')[0] ? [`REVOKE DELETE ON ${AUDIT} FROM ${role};`] : []),
  ].join('\n');
}

/** Every process that writes to Kafka raises the one row, and none makes or removes it. */
function grantBeats({ process }: ProcessAccess): string {
  return [
    `GRANT USAGE ON SCHEMA ${CONTINUITY} TO ${name(process)};`,
    `GRANT SELECT, UPDATE ON ${CONTINUITY}.beats TO ${name(process)};`,
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
