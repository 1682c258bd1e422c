/** For tests: two PostgreSQL servers, of which the second follows the first and can take its place. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { end, isAlive, startDetached } from '#scripts/run/stack/detached.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { postgresServices, postgresUrl } from '#scripts/run/stack/postgres.ts';
import { changeSetting } from '#scripts/run/stack/postgres-settings.ts';
import { DATABASE_ADMIN, databaseSecurityOf, isSecure } from '#scripts/run/stack/secure/connections.ts';
import { passwordOf } from '#scripts/run/stack/secure/secrets.ts';
import type { Service } from '#scripts/run/stack/service.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { connectionTo } from '../../connections/database-security.ts';

const ENDS_WITHIN_MS = 20_000;

export interface PrimaryAndStandby {
  /** The server that is the primary at first. */
  readonly first: string;
  /** The server that follows it until the failover. */
  readonly second: string;
  /** Forbids writes on the first server, which keeps running with every connection open. */
  demote(): Promise<void>;
  /** Makes the second the primary, once it has all that was committed; at once without `afterAll`, for the first may not answer. */
  promote(afterAll?: boolean): Promise<void>;
  /** Freezes a server: it answers nothing, and ends no connection. Returns what wakes it. */
  freeze(which: 'first' | 'second'): () => void;
  close(): Promise<void>;
}

/**
 * Starts both. A COMMIT waits for the standby, so that a failover loses nothing.
 * @param stack whose certificate and administrator's password they have, where it is secured
 */
export async function openPrimaryAndStandby(stack?: string): Promise<PrimaryAndStandby> {
  const secured = stack !== undefined && isSecure(stack) ? stack : null;
  const folder = mkdtempSync(join(tmpdir(), 'postgres-pair-'));
  execFileSync('chmod', ['755', folder]);
  const [firstPort = 0, secondPort = 0] = await freePorts(2);
  const first = serverIn(join(folder, 'first'), secured, firstPort);
  const second = serverIn(join(folder, 'second'), secured, secondPort);
  const ask = (url: string, text: string) => askAs(secured, url, text);
  const pids = new Map<Service, number>();
  const start = async ({ service, data }: Server) => {
    const launch = await service.prepare();
    if (secured !== null)
      appendFileSync(join(data, 'rules.conf'), 'hostssl replication all 127.0.0.1/32 scram-sha-256\n');
    const pid = await startDetached(launch);
    pids.set(service, pid);
    await waitUntil(() => service.answers(pid), Boolean, { what: `an answer of ${service.name}` });
  };
  const stop = async (service: Service) => {
    const pid = pids.get(service);
    if (pid !== undefined && isAlive(pid, service.signature))
      await end(pid, service.signature, 'SIGINT', ENDS_WITHIN_MS);
  };
  const wakes: Array<() => void> = [];
  const close = async () => {
    for (const wake of wakes) wake();
    await Promise.all([stop(first.service), stop(second.service)]);
    rmSync(folder, { recursive: true, force: true });
  };
  const urls = { first: postgresUrl(firstPort, 'postgres'), second: postgresUrl(secondPort, 'postgres') };
  try {
    await start(first);
    await stop(first.service);
    // A server that is down is a base backup of itself.
    mkdirSync(join(folder, 'second'), { recursive: true });
    execFileSync('cp', ['-a', first.data, second.data]);
    writeFileSync(join(second.data, 'standby.signal'), '');
    appendFileSync(
      join(second.data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${firstPort} user=postgres ${secured === null ? '' : signIn(secured)}'\n`,
    );
    await start(first);
    await start(second);
    await waitUntil(() => ask(urls.first, 'SELECT count(*)::int AS it FROM pg_stat_replication'));
    await changeSetting((text) => ask(urls.first, text), 'synchronous_standby_names', '*');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...urls,
    demote: () => changeSetting((text) => ask(urls.first, text), 'default_transaction_read_only', 'on'),
    async promote(afterAll = true) {
      if (!afterAll) return void (await ask(urls.second, 'SELECT pg_promote() AS it'));
      const written = await ask(urls.first, 'SELECT pg_current_wal_insert_lsn()::text AS it');
      await waitUntil(() =>
        ask(urls.second, `SELECT pg_last_wal_replay_lsn() >= '${String(written)}'::pg_lsn AS it`),
      );
      await ask(urls.second, 'SELECT pg_promote() AS it');
    },
    freeze(which) {
      const postmaster = pids.get((which === 'first' ? first : second).service) ?? 0;
      const children = execFileSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' });
      const frozen = [postmaster, ...children.split('\n').filter(Boolean).map(Number)];
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
      const wake = () => {
        for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
      };
      wakes.push(wake);
      return wake;
    },
    close,
  };
}

interface Server {
  readonly service: Service;
  readonly data: string;
}

/** Their user may read neither the authority’s certificate, in the stack’s own folder, nor one in ours. */
const signIn = (stack: string) =>
  `password=${passwordOf(stack, 'database', DATABASE_ADMIN)} sslmode=require sslcertmode=disable`;

/** @param secured the name of a secured stack; null: without TLS and passwords */
function serverIn(own: string, secured: string | null, port: number): Server {
  mkdirSync(own, { recursive: true });
  const state = {
    name: secured ?? '',
    ...(secured !== null && { secure: true }),
    brokers: 0,
    pids: {},
    ports: { kafka: [], controllers: [], postgres: port, redis: 0 },
  };
  const places = { data: own, logs: own } as Parameters<typeof postgresServices>[1];
  const [service] = postgresServices(state, places);
  return { service: service as Service, data: join(own, 'postgres') };
}

/** The value `it` of a statement's one row, on a connection of its own. */
async function askAs(secured: string | null, url: string, text: string): Promise<unknown> {
  const client = new pg.Client(
    secured === null ? connectionTo(url) : connectionTo(url, databaseSecurityOf(secured, DATABASE_ADMIN)),
  );
  await client.connect();
  try {
    return (await client.query(text)).rows[0]?.it;
  } finally {
    await client.end();
  }
}
