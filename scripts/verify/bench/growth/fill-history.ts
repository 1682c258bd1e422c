/**
 * Years of finished sagas on a stack, or thousands of live ones: what they cost a new order is what the orders' benchmark then
 * differs by. Their months carry the row that retention writes of those it has dropped, so that the ledger does not read them after each run.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import { orderBodies } from '../orders/bodies.ts';
import type { Target } from '../target.ts';

const ENDS_WITHIN_MS = 60_000;
const WRITERS = 2;
/** Longer than any run. */
const LIVE_DUE_HOURS = 12;

export interface History {
  /** Months before this one. */
  readonly months: number;
  /** In all months together. */
  readonly sagas: number;
  /** So many of the sagas have all rows of an order, in every schema. */
  readonly orders: number;
  readonly print: (line: string) => void;
}

/** Fills the months with copies of one new order. @throws StackProblem when that does not end */
export async function fillHistory(target: Target, { months, sagas, orders, print }: History): Promise<void> {
  const database = openDatabase(target.databaseUrl, { pool: WRITERS, processName: 'history' });
  try {
    const now = Date.now();
    const orderId = await placeOne(target);
    const isOver = async () =>
      (await database.query(`SELECT FROM orchestrator.sagas WHERE id = $1 AND status = 'completed'`, orderId))
        .length > 0;
    if (!(await poll(isOver, ENDS_WITHIN_MS)))
      throw new StackProblem(`The order ${orderId} to be copied did not end.`);

    const back = Array.from({ length: months }, (_, i) => -i - 1);
    await ensurePartitions(database, [...PARTITIONED, ...PARTICIPANT_TABLES], now, back);
    await recordDropped(database);
    const whole = Math.ceil(orders / months);
    const bare = Math.ceil(sagas / months) - whole;
    const fill = async () => {
      for (let offset = back.pop(); offset !== undefined; offset = back.pop()) {
        const end = monthStart(now, offset + 1);
        // A copy a second.
        await multiplySaga(target.databaseUrl, orderId, bare, new Date(end.getTime() - whole * 1_000));
        await oneAtATime(() => multiplyOrder(target.databaseUrl, orderId, whole, end));
        print(`${monthStart(now, offset).toISOString().slice(0, 7)}: ${bare + whole} sagas`);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, fill));
    await vacuum(target.databaseUrl);
  } finally {
    await database.close();
  }
}

/** A saga's row so many times, a second apart; of its id only the key is replaced. */
async function multiplySaga(databaseUrl: string, sagaId: string, times: number, before: Date): Promise<void> {
  await onConnection(databaseUrl, async (client) => {
    const names = await columnsOfSagas(client, ['id']);
    await client.query(
      `INSERT INTO orchestrator.sagas (id, ${names})
       SELECT uuidv7($3::timestamptz - n * interval '1 s' - clock_timestamp()), ${names}
         FROM generate_series(1, $2::int) n, (SELECT * FROM orchestrator.sagas WHERE id = $1::uuid) base`,
      [sagaId, times, before],
    );
  });
}

/** The columns of the table without some, for an INSERT … SELECT. */
async function columnsOfSagas(client: pg.Client, without: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ names: string }>(
    `SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) AS names
       FROM information_schema.columns
      WHERE table_schema = 'orchestrator' AND table_name = 'sagas' AND column_name <> ALL ($1::text[])`,
    [without],
  );
  return rows[0]?.names ?? '';
}

/**
 * Fills the month before this one with copies of a saga's row as it was under way, none due within hours: they wait, as orders
 * do whose payment is under review. @throws StackProblem when no order was seen under way
 */
export async function fillLive(target: Target, count: number): Promise<void> {
  const database = openDatabase(target.databaseUrl, { pool: 1, processName: 'growth' });
  try {
    await ensurePartitions(database, [...PARTITIONED, ...PARTICIPANT_TABLES], Date.now(), [-1]);
    await recordDropped(database);
  } finally {
    await database.close();
  }
  await onConnection(target.databaseUrl, async (client) => {
    const names = await columnsOfSagas(client, ['id', 'due_at']);
    const copyUnderWay = async () => {
      const orderId = await placeOne(target);
      const copies = await client.query(
        `INSERT INTO orchestrator.sagas (id, due_at, ${names})
         SELECT uuidv7(date_trunc('month', now()) - n * interval '1 s' - clock_timestamp()),
                now() + interval '${LIVE_DUE_HOURS} h' + n * interval '1 s', ${names}
           FROM generate_series(1, $2::int) n,
                (SELECT * FROM orchestrator.sagas WHERE id = $1::uuid AND status = 'running' AND due_at IS NOT NULL) base`,
        [orderId, count],
      );
      return copies.rowCount === count;
    };
    if (!(await poll(copyUnderWay, ENDS_WITHIN_MS)))
      throw new StackProblem('Each order had ended before its row could be copied.');
    await client.query('VACUUM (ANALYZE)');
  });
}

/** The row that retention writes of dropped months, for all before this one. */
async function recordDropped(database: Database): Promise<void> {
  const now = Date.now();
  await database.execute(
    `INSERT INTO orchestrator.retention (kind, month, until, ids_from, action_id, begun_at, ended_at)
     VALUES ('orders', $1, $2, $3, $4, now(), now())`,
    monthStart(now, -1),
    monthStart(now, 0),
    uuidv7Floor(monthStart(now, 0).getTime()),
    randomUUID(),
  );
}

/** As it would long have been done. */
const vacuum = (databaseUrl: string) =>
  onConnection(databaseUrl, (client) => client.query('VACUUM (ANALYZE)'));

/** The pool's statements end after seconds; these take minutes. */
async function onConnection(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(connectionTo(databaseUrl));
  await client.connect();
  await work(client).finally(() => client.end());
}

/** The stock of all months is one row each sku. */
let last: Promise<unknown> = Promise.resolve();
function oneAtATime(work: () => Promise<unknown>): Promise<unknown> {
  last = last.then(work);
  return last;
}

async function placeOne({ apiUrl, token }: Target): Promise<string> {
  const answer = await fetch(`${apiUrl}/v1/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: orderBodies()(0, 'good'),
  });
  const text = await answer.text();
  if (answer.status !== 202) throw new StackProblem(`The order to be copied: ${answer.status} ${text}`);
  return (JSON.parse(text) as { orderId: string }).orderId;
}
