/**
 * Runs statements with a time limit of the client's own, and keeps the place of a connection in the pool until the server
 * has stopped working for it: abandoned statements and running ones together never outnumber the pool.
 */
import type pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import { requestCancel } from './cancel.ts';
import { isSameServer, serverAnswers } from './server-answers.ts';
import type { Sessions } from './sessions.ts';

/**
 * The longest wait for a session to end whose server answers: one in a COMMIT that waits for a disk cannot be cancelled.
 * Short enough that connections which a firewall has forgotten do not empty the pool for long.
 */
const HOLD_MS = 15_000;

/** A statement without an answer for so long is reason to see whether its server answers anything. */
const SILENT_MS = 4_000;
/** The server may be busy for a moment. */
const AGAIN_MS = 1_000;

export type Statement = string | pg.QueryConfig;

/** Runs statements on a pool's connections. */
export interface BoundedClients {
  /**
   * Runs a statement.
   * @param commits whether it ends in a COMMIT. Such a one is not cancelled: a COMMIT that waits for a standby would be
   *   confirmed to nobody, but shown to everybody, and lost with the server
   * @throws RetryableError when the server has not answered in time, or answers nobody; the connection then serves nothing else
   */
  run(client: pg.PoolClient, statement: Statement, commits: boolean): Promise<pg.QueryResult>;
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

/** A statement whose answer nobody waits for any more. */
interface Abandoned {
  readonly answered: Promise<unknown>;
  readonly commits: boolean;
  /** Whether its server answers nobody. */
  readonly isGone: boolean;
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
  const abandoned = new Map<pg.PoolClient, Abandoned>();
  const held = new Set<() => void>();
  /** How each statement under way is abandoned because its server is gone. */
  const underWay = new Map<pg.PoolClient, () => void>();

  /** Resolves once the session has answered or broken, its server answers nothing, or the hold is over. */
  const ended = async (client: pg.PoolClient, { answered, commits, isGone }: Abandoned): Promise<void> => {
    if (!options.cancels || isGone) return;
    const answer = answered.then(
      () => false,
      () => false,
    );
    if (!commits) requestCancel(client);
    // Without its server it may never answer; an answer makes the wait needless.
    if (!(await Promise.race([answer, serverAnswers(client)]))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, HOLD_MS);
    held.add(resolve);
    void answer.then(() => resolve());
    await promise;
    clearTimeout(timer);
    held.delete(resolve);
  };

  return {
    run: (client, statement, commits) =>
      new Promise((resolve, reject) => {
        if (abandoned.has(client)) {
          // The driver would send it after the abandoned one.
          reject(new RetryableError('database-unavailable', 'an earlier statement was abandoned'));
          return;
        }
        const began = performance.now();
        const answered = client.query(statement);
        let isOver = false;
        let timer: NodeJS.Timeout;
        const abandon = (why: string, isGone: boolean) => {
          settle();
          abandoned.set(client, { answered, commits, isGone });
          const error = new RetryableError('database-unavailable', why);
          sessions.ended(client, error);
          reject(error);
        };
        const gone = () => abandon('the server answers nobody', true);
        const abandonAll = () => {
          gone();
          // Those that began later would find it out later, each for itself.
          for (const [other, leave] of underWay) if (isSameServer(client, other)) leave();
        };
        const settle = () => {
          isOver = true;
          clearTimeout(timer);
          underWay.delete(client);
        };
        const watch = (unanswered: number, waitMs: number) => {
          const leftMs = options.queryMs - (performance.now() - began);
          timer = setTimeout(
            async () => {
              if (leftMs <= waitMs) return abandon(`no answer within ${options.queryMs} ms`, false);
              // The question takes no time beyond the statement's own.
              const isThere = await serverAnswers(client, leftMs - waitMs);
              if (isOver) return;
              if (isThere) watch(0, SILENT_MS);
              else if (unanswered === 0) watch(1, AGAIN_MS);
              else abandonAll();
            },
            Math.max(0, Math.min(leftMs, waitMs)),
          );
        };
        underWay.set(client, gone);
        watch(0, options.cancels ? SILENT_MS : options.queryMs);
        answered.then(
          (result) => {
            settle();
            sessions.ended(client);
            resolve(result);
          },
          (error: unknown) => {
            settle();
            sessions.ended(client, error);
            reject(error);
          },
        );
      }),
    isAbandoned: (client) => abandoned.has(client),
    release(client, broken) {
      const statement = abandoned.get(client);
      if (statement === undefined) {
        client.release(broken || sessions.isOver(client));
        return;
      }
      void ended(client, statement).then(() => {
        abandoned.delete(client);
        client.release(true);
      });
    },
    close() {
      for (const release of held) release();
    },
  };
}
