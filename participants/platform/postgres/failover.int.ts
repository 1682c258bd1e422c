/** A pool of connections while another server takes the primary's place, and while its connections go dead. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { messageOf, RetryableError } from '#protocol/errors.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type Database, isOutcomeUnknown, openDatabase } from './database.ts';
import { type LossyProxy, openLossyProxy } from './testing/lossy-proxy.ts';
import { openPrimaryAndStandby, type PrimaryAndStandby } from './testing/primary-and-standby.ts';

const POOL = 4;
const QUERY_MS = 2_000;
const INSERT = 'INSERT INTO notes (id) VALUES ($1::int)';

describe('a pool of connections', () => {
  let servers: PrimaryAndStandby;
  let proxy: LossyProxy;
  let db: Database;
  beforeEach(async () => {
    servers = await openPrimaryAndStandby();
    proxy = await openLossyProxy(servers.first);
    db = openDatabase(proxy.url, { pool: POOL, processName: 'failover', queryTimeoutMs: QUERY_MS });
    await db.execute('CREATE TABLE notes (id int PRIMARY KEY)');
    await fill();
  });
  afterEach(async () => {
    await db?.close();
    await proxy?.close();
    await servers?.close();
  });

  /** Opens every connection that the pool may have; all are idle afterwards. */
  const fill = () => Promise.all(Array.from({ length: POOL }, () => db.query('SELECT pg_sleep(0.1)')));
  const failOver = async () => {
    await servers.demote();
    await servers.promote();
    proxy.switchTo(servers.second);
  };
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    );
  const write = (id: number) => db.transaction(async (sql) => void (await sql.execute(INSERT, id)));
  const readIds = async (from: Database) =>
    (await from.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).map(({ id }) => id);

  // Regression: the transaction rolled back, its connection went back to the pool, and every next one got it again.
  it('leaves a primary that became read-only after one failure, and writes to the promoted standby', async () => {
    await write(1);
    await failOver();
    const error = await failure(write(2));
    expect(error, 'a connection to the old primary').to.be.instanceOf(Error);
    expect(isOutcomeUnknown(error)).to.equal(false);
    expect(await failure(write(3)), 'the next one').to.equal(null);
    expect(await readIds(db)).to.deep.equal([1, 3]);
  }).timeout(60_000);

  it('reads nothing from a server that became read-only', async () => {
    await failOver();
    const other = openDatabase(servers.second, { pool: 1, processName: 'other' });
    await other.execute(INSERT, 1);
    await other.close();
    const error = await failure(readIds(db));
    expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
    expect(await readIds(db)).to.deep.equal([1]);
  }).timeout(60_000);

  it('takes no connection to a standby, and says why', async () => {
    const standby = openDatabase(servers.second, { pool: 1, processName: 'standby' });
    const reader = openDatabase(servers.second, { pool: 1, processName: 'reader', reads: 'any-server' });
    try {
      const error = await failure(standby.query('SELECT 1 AS one'));
      expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
      expect(messageOf(error)).to.match(/read-only/);
      expect(await reader.query('SELECT 1 AS one'), 'of one that only reads').to.deep.equal([{ one: 1 }]);
    } finally {
      await standby.close();
      await reader.close();
    }
  }).timeout(60_000);

  it('works again when the standby that it reached is promoted', async () => {
    const standby = openDatabase(servers.second, { pool: 1, processName: 'standby' });
    try {
      expect(await failure(standby.execute(INSERT, 1))).to.be.instanceOf(RetryableError);
      await failOver();
      await waitUntil(
        () => failure(standby.execute(INSERT, 1)),
        (error) => error === null,
      );
    } finally {
      await standby.close();
    }
  }).timeout(60_000);

  // Regression: the cancelled COMMIT was shown to everybody, though the standby that might be promoted did not have it.
  it('leaves a COMMIT that waits for the standby alone', async () => {
    const watcher = openDatabase(servers.first, { pool: 1, processName: 'watcher' });
    const wake = servers.freeze('second');
    try {
      expect(isOutcomeUnknown(await failure(db.execute(INSERT, 1)))).to.equal(true);
      expect(await failure(write(2))).to.be.instanceOf(RetryableError);
      expect(await readIds(watcher), 'before the standby has them').to.deep.equal([]);
      wake();
      await waitUntil(
        () => readIds(watcher),
        (ids) => ids.length === 2,
      );
    } finally {
      wake();
      await watcher.close();
    }
  }).timeout(60_000);

  describe('whose address names both servers', () => {
    const openBoth = (order: readonly string[], queryTimeoutMs = QUERY_MS) => {
      const [one = '', ...others] = order;
      const more = others.map((url) => `,${new URL(url).host}`).join('');
      const both = one.replace(new URL(one).host, `$&${more}`);
      return openDatabase(both, { pool: POOL, processName: 'both', queryTimeoutMs });
    };

    it('uses the one that takes writes, wherever it stands, and the other once that is promoted', async () => {
      const both = openBoth([servers.second, servers.first]);
      try {
        await both.execute(INSERT, 1);
        await servers.demote();
        const error = await failure(both.execute(INSERT, 2));
        expect(error).to.be.instanceOf(Error);
        expect(isOutcomeUnknown(error)).to.equal(false);
        await servers.promote();
        await both.execute(INSERT, 3);
        expect(await readIds(both)).to.deep.equal([1, 3]);
      } finally {
        await both.close();
      }
    }).timeout(60_000);

    it('passes over one that is down, and says why none will do', async () => {
      const nobody = 'postgresql://postgres@127.0.0.1:1/postgres';
      const both = openBoth([nobody, servers.first]);
      const none = openBoth([nobody, servers.second]);
      try {
        await Promise.all(Array.from({ length: POOL }, (_, i) => both.execute(INSERT, i)));
        const error = await failure(none.query('SELECT 1 AS one'));
        expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
        expect(messageOf(error)).to.match(/ECONNREFUSED/);
      } finally {
        await both.close();
        await none.close();
      }
    }).timeout(60_000);

    // Regression: a worker waited for its whole limit, and then for the abandoned session's place in the pool.
    it('leaves one that is frozen long before the limit of a statement', async () => {
      const both = openBoth([servers.first, servers.second], 60_000);
      try {
        await Promise.all(Array.from({ length: POOL }, (_, i) => both.execute(INSERT, i)));
        servers.freeze('first');
        const began = performance.now();
        // Each begins later than the last, and all end with the first.
        const failed = await Promise.all(
          Array.from({ length: POOL }, async (_, i) => {
            await pause(i * 2_000);
            return failure(both.execute(INSERT, 10 + i));
          }),
        );
        expect(failed.every(isOutcomeUnknown)).to.equal(true);
        expect(performance.now() - began).to.be.below(40_000);
        await servers.promote(false);
        await both.execute(INSERT, 20);
      } finally {
        await both.close();
      }
    }).timeout(90_000);

    // Regression: the question whether it answers anybody took up to two seconds beyond the statement's limit.
    it('ends a statement at its limit, though it is just seeing whether a frozen one answers', async () => {
      const both = openBoth([servers.first, servers.second], 4_200);
      try {
        await both.execute(INSERT, 30);
        servers.freeze('first');
        const ended = failure(both.execute(INSERT, 31));
        const later = pause(5_500).then(() => 'later');
        expect(isOutcomeUnknown(await Promise.race([ended, later]))).to.equal(true);
      } finally {
        await both.close();
      }
    }).timeout(60_000);

    it('leaves one whose sessions answer nothing', async () => {
      const both = openBoth([proxy.url, servers.second]);
      try {
        await both.execute(INSERT, 1);
        proxy.loseAnswers(true);
        await servers.promote();
        expect(await failure(both.execute(INSERT, 2)), 'a statement under way').to.be.instanceOf(
          RetryableError,
        );
        await both.execute(INSERT, 3);
        const rows = await both.query<{ port: number }>('SELECT inet_server_port() AS port');
        expect(rows).to.deep.equal([{ port: Number(new URL(servers.second).port) }]);
      } finally {
        await both.close();
      }
    }).timeout(60_000);
  });

  /** Stops the sessions' processes with SIGSTOP, and returns what wakes them. */
  const freezeSessions = async () => {
    const watcher = openDatabase(servers.first, { pool: 1, processName: 'watcher' });
    const pids = await watcher
      .query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'failover'`)
      .finally(() => watcher.close());
    const all = (signal: NodeJS.Signals) => pids.forEach(({ pid }) => void process.kill(pid, signal));
    expect(pids).to.have.length(POOL);
    all('SIGSTOP');
    return () => all('SIGCONT');
  };
  const silences: ReadonlyArray<readonly [string, () => Promise<() => void>]> = [
    [
      'their bytes vanish',
      async () => {
        proxy.loseAnswers();
        return () => {};
      },
    ],
    ['their sessions are frozen', freezeSessions],
  ];
  for (const [how, silence] of silences) {
    // Regression: each idle connection to a host that had vanished cost a statement's whole time-out, one after the other.
    it(`loses one statement, not one for each idle connection, when ${how}`, async () => {
      const wake = await silence();
      const failures: unknown[] = [];
      try {
        await waitUntil(
          () => failure(write(failures.length)),
          (error) => {
            if (error !== null) failures.push(error);
            return error === null;
          },
          { withinMs: POOL * (QUERY_MS + 1_000) },
        );
      } finally {
        wake();
      }
      expect(failures.map(messageOf)).to.have.length(1);
    }).timeout(60_000);
  }

  it('loses as many statements as run at once when the connections go dead under them', async () => {
    proxy.loseAnswers();
    const failed = await Promise.all(Array.from({ length: POOL - 1 }, (_, i) => failure(write(i))));
    expect(failed.every((error) => error instanceof RetryableError)).to.equal(true);
    expect(await failure(write(10)), 'the next one').to.equal(null);
  }).timeout(60_000);
});
