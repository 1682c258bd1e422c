/**
 * Which connections of a pool are worth a statement: those to a server that takes writes, opened since the last sign that
 * the server is another or gone. A pool gives out the connection that came back last, so that without this one to a former
 * primary would get every next statement, and each dead one would cost a statement its whole time limit.
 */
import pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import type { ServerChoice } from './server-choice.ts';

/** PostgreSQL reports both when a session starts and whenever they change, with no statement to ask for them. */
const FORBID_WRITES = ['in_hot_standby', 'default_transaction_read_only'];

/**
 * What a server answers that is gone or takes no writes: `read_only_sql_transaction`, a lock that recovery does not
 * allow, and the ends of a server or session.
 */
const LEAVE = ['25006', '55000', '57P01', '57P02', '57P03'];

/** The driver's connection; its types lack it. */
interface Reporting {
  readonly connection: {
    readonly stream: { destroy(): void };
    on(
      event: 'parameterStatus',
      listener: (message: { parameterName: string; parameterValue: string }) => void,
    ): void;
  };
}
const connectionOf = (client: pg.ClientBase) => (client as unknown as Reporting).connection;

const forbidding = new WeakMap<pg.ClientBase, Set<string>>();

/** A client that knows whether its server takes writes. A pooler that reports neither setting counts as one that does. */
export class ReportingClient extends pg.Client {
  constructor(settings?: string | pg.ClientConfig) {
    super(settings);
    const on = new Set<string>();
    forbidding.set(this, on);
    connectionOf(this).on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (!FORBID_WRITES.includes(parameterName)) return;
      if (parameterValue === 'on') on.add(parameterName);
      else on.delete(parameterName);
    });
  }
}

/** The sessions of a pool. */
export interface Sessions {
  /**
   * Takes a connection from the pool, and closes on the way those that are not worth a statement.
   * @throws RetryableError `database-unavailable` when the server takes no writes
   */
  take(): Promise<pg.PoolClient>;
  /** Notes how a statement ended: the other connections may lead to the same server that is gone. */
  ended(client: pg.PoolClient, error?: unknown): void;
  /** Whether its server takes no writes, where that matters. */
  isReadOnly(client: pg.PoolClient): boolean;
  /** Whether the connection must not be used again. */
  isOver(client: pg.PoolClient): boolean;
}

/**
 * @param pool makes `ReportingClient`s
 * @param servers chooses where each connects
 * @param anyServer whether a server that takes no writes will do
 */
export function sessionsOf(pool: pg.Pool, servers: ServerChoice, anyServer: boolean): Sessions {
  const openedIn = new WeakMap<pg.PoolClient, number>();
  let generation = 0;
  pool.on('connect', (client) => openedIn.set(client, generation));
  const isReadOnly = (client: pg.PoolClient) => !anyServer && (forbidding.get(client)?.size ?? 0) > 0;
  const drop = (client: pg.PoolClient) => {
    // A farewell to a host that is gone would never end, and nobody may wait for it.
    connectionOf(client).stream.destroy();
    client.release(true);
  };
  return {
    async take() {
      let refusal: unknown;
      // Ends: each round closes a connection or leaves a server, and each server is tried once.
      for (let tried = 0; tried < servers.count; ) {
        const at = servers.current;
        const client = await pool.connect().catch((error: unknown) => {
          // The pool is exhausted, or nobody answers at the only address.
          if (servers.current === at) throw error;
          refusal = error;
        });
        if (client === undefined) {
          tried += 1;
          continue;
        }
        const isOld = openedIn.get(client) !== generation;
        if (!isOld && !isReadOnly(client)) return client;
        drop(client);
        if (isOld) continue;
        servers.leave(client);
        refusal ??= readOnlyServer();
        tried += 1;
      }
      throw refusal;
    },
    ended(client, error) {
      // One failure of an earlier generation says nothing about the connections opened since.
      if (openedIn.get(client) !== generation) return;
      if (!isReadOnly(client) && (error === undefined || !isLost(error))) return;
      generation += 1;
      servers.leave(client);
    },
    isReadOnly,
    isOver: (client) => openedIn.get(client) !== generation || isReadOnly(client),
  };
}

/** What a statement fails with, or an answer is worth, on a server that takes no writes. */
export function readOnlyServer(): RetryableError {
  return new RetryableError(
    'database-unavailable',
    'the database server is read-only: a standby, or default_transaction_read_only is on',
  );
}

/** Whether a failure says that the server is another or gone: its word for that, or no word at all. */
function isLost(error: unknown): boolean {
  if (error instanceof TypeError) return false;
  return error instanceof pg.DatabaseError ? LEAVE.includes(error.code ?? '') : true;
}
