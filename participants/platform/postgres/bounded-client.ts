/**
 * Runs statements with a time limit of the client's own, and keeps the place of a connection in the pool until the server
 * has stopped working for it: abandoned statements and running ones together never outnumber the pool.
 */
import type pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import { requestCancel } from './cancel.ts';
import type { Sessions } from './sessions.ts';

/**
 * The longest wait for a session to end whose machine is there: one in a COMMIT that waits for a disk cannot be cancelled.
 * Short enough that connections which a firewall has forgotten do not empty the pool for long.
 */
const HOLD_MS = 15_000;

export type Statement = string | pg.QueryConfig;

/** Runs statements on a pool's connections. */
export interface BoundedClients {
  /**
   * Runs a statement.
   * @throws RetryableError when the server has not answered in time; the connection then serves nothing else
   */
  run(client: pg.PoolClient, statement: Statement): Promise<pg.QueryResult>;
  /** Whether a statement of the connection was abandoned. */
  isAbandoned(client: pg.PoolClient): boolean;
  /**
   * Returns a connection to the pool; `broken` closes it, and so does a session that is over. One with an abandoned statement
   * is closed once that has ended.
   */
  release(client: pg.PoolClient, broken: boolean): void;
  /** Closes the connections whose statements are still abandoned. */
  close(): void;
}

/**
 * @param options.queryMs the longest wait for an answer
 * @param options.cancels whether the server takes cancel requests; one in this process does not
 */
export function boundedClients(options: {
  queryMs: number;
  cancels: boolean;
  sessions: Sessions;
}): BoundedClients {
  const { sessions } = options;
  const abandoned = new Map<pg.PoolClient, Promise<unknown>>();
  const held = new Set<() => void>();

  /** Resolves once the session has answered or broken, its machine does not answer, or the hold is over. */
  const ended = async (client: pg.PoolClient, answered: Promise<unknown>): Promise<void> => {
    if (!options.cancels) return;
    const answer = answered.then(
      () => false,
      () => false,
    );
    // Without its machine it may never answer; an answer makes the wait needless.
    if (!(await Promise.race([answer, requestCancel(client)]))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, HOLD_MS);
    held.add(resolve);
    void answer.then(() => resolve());
    await promise;
    clearTimeout(timer);
    held.delete(resolve);
  };

  return {
    run: (client, statement) =>
      new Promise((resolve, reject) => {
        if (abandoned.has(client)) {
          // The driver would send it after the abandoned one.
          reject(new RetryableError('database-unavailable', 'an earlier statement was abandoned'));
          return;
        }
        const answered = client.query(statement);
        const timer = setTimeout(() => {
          abandoned.set(client, answered);
          const error = new RetryableError('database-unavailable', `no answer within ${options.queryMs} ms`);
          sessions.ended(client, error);
          reject(error);
        }, options.queryMs);
        answered.then(
          (result) => {
            clearTimeout(timer);
            sessions.ended(client);
            resolve(result);
          },
          (error: unknown) => {
            clearTimeout(timer);
            sessions.ended(client, error);
            reject(error);
          },
        );
      }),
    isAbandoned: (client) => abandoned.has(client),
    release(client, broken) {
      const answered = abandoned.get(client);
      if (answered === undefined) {
        client.release(broken || sessions.isOver(client));
        return;
      }
      void ended(client, answered).then(() => {
        abandoned.delete(client);
        client.release(true);
      });
    },
    close() {
      for (const release of held) release();
    },
  };
}
