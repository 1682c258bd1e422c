/** PgBouncer in front of a stack's PostgreSQL, and the roles whose settings its sessions have. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ACCESS } from '#participants/access/access.ts';
import { POOLED, roleSettings } from '#participants/access/role-settings.ts';
import { postgresUrl } from './postgres.ts';
import { serverUser } from './postgres-user.ts';
import { StackProblem } from './problem.ts';
import { probe, type ServicesOf } from './service.ts';
import type { PoolMode } from './state.ts';

/** Prepared statements outlive a transaction since then. */
const LEAST_VERSION = [1, 21];
/** PostgreSQL's SSLRequest: PgBouncer answers it with one letter too. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export const pgbouncerServices: ServicesOf = (state, places) => {
  if (state.pooler === undefined) return [];
  const { port, mode } = state.pooler;
  const folder = join(places.data, 'pgbouncer');
  const config = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  const logFile = join(places.logs, 'pgbouncer.log');
  return [
    {
      name: 'pgbouncer',
      ports: [port],
      signature: config,
      endSignal: 'SIGINT',
      logFile,
      prepare: async () => {
        const program = programOf(mode);
        const user = serverUser(places.data, program);
        mkdirSync(folder, { recursive: true });
        writeFileSync(users, ['postgres', ...rolesOf()].map((name) => `"${name}" ""\n`).join(''));
        writeFileSync(config, configuration(port, state.ports.postgres, mode, users));
        for (const path of [folder, config, users]) {
          chmodSync(path, path === folder ? 0o700 : 0o600);
          if (user.owner) chownSync(path, user.owner.uid, user.owner.gid);
        }
        const [command, ...args] = user.wrap([program, config]);
        return { command: command as string, args, logFile, cwd: folder, ...user.ids };
      },
      answers: () => probe(port, SSL_REQUEST, (answer) => answer[0] === 0x4e),
    },
  ];
};

const configuration = (port: number, postgres: number, mode: PoolMode, users: string): string =>
  [
    '[databases]',
    `* = host=127.0.0.1 port=${postgres}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    'max_client_conn = 1000',
    // For each role: processes of one kind have six connections each, in session mode a session for each.
    'default_pool_size = 30',
    'max_prepared_statements = 500',
    // A dead server fails its clients at once, and is tried again soon.
    'server_login_retry = 1',
    'query_wait_timeout = 5',
    '',
  ].join('\n');

/** The processes that reach PostgreSQL through the pooler, each as a role of its own. */
const rolesOf = (): string[] => ACCESS.map(({ process }) => process).filter((name) => name in POOLED);

/** The address of a database for a process behind the pooler; null where it must connect by itself. */
export function pooledUrl(port: number, process: string, database: string): string | null {
  const role = process.replace(/-\d+$/, '');
  return role in POOLED ? `postgresql://${role}@127.0.0.1:${port}/${database}` : null;
}

/** Makes the roles on a stack without passwords, with what their sessions need. */
export async function preparePooledRoles(postgres: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(postgres, 'postgres'), ssl: false });
  await client.connect();
  try {
    for (const role of rolesOf())
      await client.query(
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE "${role}" LOGIN SUPERUSER; END IF; END $$`,
      );
    await client.query(roleSettings());
  } finally {
    await client.end();
  }
}

/** @throws StackProblem with what to install */
function programOf(mode: PoolMode): string {
  const program = process.env['POOLER_PROGRAM'] || 'pgbouncer';
  let version: string;
  try {
    version = execFileSync(program, ['--version'], { encoding: 'utf8' });
  } catch {
    throw new StackProblem('PgBouncer is not there: install it, or name the program with POOLER_PROGRAM.');
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_VERSION;
  const isOld = major < leastMajor || (major === leastMajor && minor < leastMinor);
  if (isOld && mode === 'transaction')
    throw new StackProblem(
      `PgBouncer ${major}.${minor} keeps no prepared statements in transaction mode: install ${LEAST_VERSION.join('.')} or newer (Debian 13 has it), or name the program with POOLER_PROGRAM.`,
    );
  return program;
}
