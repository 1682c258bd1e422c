/** The two PostgreSQL servers of a run: which is the primary, and how the other takes its place. */
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { copyPrimary } from '#scripts/run/stack/copy-primary.ts';
import { signal as send } from '#scripts/run/stack/detached.ts';
import { startOneService } from '#scripts/run/stack/one-service.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { binaries, databaseName, postgresData, postgresUrl, STANDBY } from '#scripts/run/stack/postgres.ts';
import { changeSetting } from '#scripts/run/stack/postgres-settings.ts';
import { serverUser } from '#scripts/run/stack/postgres-user.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { readState } from '#scripts/run/stack/state.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { openProxy } from './proxy.ts';

const FOLLOWS_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 50;
const CONNECT_MS = 5_000;

/** One of the servers, by the name of its service. */
interface Server {
  readonly name: string;
  readonly port: number;
}

export interface DatabasePair {
  /** The address that names both, for processes. */
  readonly url: string;
  /** The address that leads to the primary, for the run itself. */
  readonly primaryUrl: string;
  /** The name of the primary's service, and of the other's. */
  readonly primary: string;
  readonly standby: string;
  /** Forbids writes on the primary, which keeps running, then promotes the other once that has all that was committed. */
  switchOver(): Promise<void>;
  /** Promotes the other without a word to the primary. */
  failOver(): Promise<void>;
  /** Makes the former primary, which may be frozen, follow the present one, and every COMMIT wait for it. */
  rejoin(): Promise<void>;
  /** Stops all processes of the primary, as if its host had vanished. */
  freeze(): void;
  close(): Promise<void>;
}

/** Takes over a stack's two servers: the first is the primary, and every COMMIT waits for the second. */
export async function openDatabasePair(stack: string): Promise<DatabasePair> {
  const state = readState(stack);
  if (state?.standby === undefined) throw new StackProblem(`The stack "${stack}" has no standby.`);
  let primary: Server = { name: 'postgres', port: state.ports.postgres };
  let standby: Server = { name: STANDBY, port: state.standby };
  const [proxyPort = 0] = await freePorts(1);
  const proxy = await openProxy(proxyPort, primary.port);

  const isFollowing = () =>
    ask(primary, `SELECT count(*) > 0 AS it FROM pg_stat_replication WHERE state = 'streaming'`);
  const wait = async (what: string, condition: () => Promise<unknown>) => {
    if (!(await poll(condition, FOLLOWS_WITHIN_MS, CHECK_EVERY_MS)))
      throw new StackProblem(`${what} not within ${FOLLOWS_WITHIN_MS / 1000} s`);
  };
  const set = (server: Server, name: string, value: string) =>
    changeSetting((text) => ask(server, text), name, value);
  const requireStandby = async () => {
    await wait('the standby follows', isFollowing);
    await set(primary, 'synchronous_standby_names', '*');
  };
  const failOver = async () => {
    await ask(standby, 'SELECT pg_promote() AS it');
    [primary, standby] = [standby, primary];
    proxy.switchTo(primary.port);
  };
  const signal = (name: string, what: NodeJS.Signals) => {
    const pids = processesOf(stack, name);
    for (const pid of pids) send(pid, what);
    return pids;
  };
  await requireStandby();
  const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(',');
  return {
    url: `postgresql://postgres@${hosts}/${databaseName}`,
    primaryUrl: postgresUrl(proxyPort),
    get primary() {
      return primary.name;
    },
    get standby() {
      return standby.name;
    },
    async switchOver() {
      await set(primary, 'default_transaction_read_only', 'on');
      const written = await ask(primary, 'SELECT pg_current_wal_insert_lsn()::text AS it');
      await wait('all that was written replayed', () =>
        ask(standby, `SELECT pg_last_wal_replay_lsn() >= '${String(written)}'::pg_lsn AS it`),
      );
      await failOver();
    },
    failOver,
    async rejoin() {
      const places = placesOf(stack);
      // One at a time would leave frozen sessions, which do not notice the end of their postmaster.
      const pids = signal(standby.name, 'SIGKILL');
      await wait('the former primary ended', async () => !pids.some((pid) => parentOf(pid) !== undefined));
      const { postgres } = await binaries();
      const from = { port: primary.port, data: postgresData(places, primary.name) };
      await copyPrimary(from, postgresData(places, standby.name), serverUser(places.data, postgres));
      await startOneService(stack, standby.name);
      await requireStandby();
    },
    freeze: () => void signal(primary.name, 'SIGSTOP'),
    close: () => proxy.close(),
  };
}

/** The pids of a server: the postmaster first, then its sessions and helpers. */
function processesOf(stack: string, name: string): number[] {
  const parent = readState(stack)?.pids[name];
  if (parent === undefined) return [];
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
  return [parent, ...children];
}

/** The parent of a process; undefined where there is no such process. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** The value `it` of a statement's one row, on a connection of its own that may write whatever the server's default. */
async function ask({ port }: Server, text: string): Promise<unknown> {
  const client = new pg.Client({
    connectionString: postgresUrl(port, 'postgres'),
    ssl: false,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: FOLLOWS_WITHIN_MS,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<{ it: unknown }>(text)).rows[0]?.it;
  } finally {
    await client.end();
  }
}
