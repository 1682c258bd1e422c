/** A batch of one month costs the same with 36 months of partitions as with two: by the plans, and by what they touch. */
import { expect } from 'chai';
import { NOTHING_PENDING, type SagaRow } from '#engine/saga.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import { sweepStore } from '#orchestrator/store/sweep-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { inventoryStore } from '#participants/inventory/sql-store.ts';
import { mailStore } from '#participants/notification/sql-store.ts';
import { paymentStore } from '#participants/payment/sql-store.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { shippingStore } from '#participants/shipping/sql-store.ts';
import { silent } from '#platform/process/log.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { sqlInbox } from '#runtime/sql-inbox.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { Sql } from './database.ts';
import { ensurePartitions, keepPartitions, monthStart, partitionName } from './month-partitions.ts';
import { inMonth } from './recent-months.ts';

const MONTHS = 36;
const NOW = Date.now();
const TABLES = [...PARTITIONED, ...PARTICIPANT_TABLES];

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Subplans Removed'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

interface Cost {
  /** Tables in the plan. */
  readonly relations: string[];
  /** Pages touched by planning and execution. */
  readonly pages: number;
  /** Locks that the statement took. */
  readonly locks: number;
}

describe('the statements of a batch', () => {
  let test: TestDatabase;
  let kept: { close: () => void };
  before(async () => {
    test = await openTestDatabase();
  });
  after(async () => {
    kept?.close();
    await test.close();
  });

  const ids = Array.from({ length: 20 }, () => uuidv7(NOW));

  /** Every statement of the stores on some rows of this month, by a name. */
  async function statements(): Promise<Map<string, { text: string; values: unknown[] }>> {
    const sent = new Map<string, { text: string; values: unknown[] }>();
    const on = (name: string): Sql => {
      const note = async (text: string, ...values: unknown[]) => {
        sent.set(`${name} ${sent.size}`, { text, values });
        return [] as never[];
      };
      return { ...test.db, query: note, execute: async (...given) => (await note(...given)).length };
    };
    const [sagaId = ''] = ids;
    const key = { sagaId, commandId: `${sagaId}/payment.charge` };
    const now = new Date(NOW);
    const row: SagaRow = {
      id: sagaId,
      definition: 'order',
      definitionVersion: 1,
      partition: 0,
      customerId: 'c',
      input: {},
      createdAt: now,
      version: 1,
      revision: 1,
      state: 's',
      status: 'running',
      context: {},
      pending: NOTHING_PENDING,
      stuck: null,
      lastFailure: null,
      paused: false,
      stateSince: now,
      endedAt: null,
    };
    const engine = engineStore(on('engine') as never);
    await engine.readSagas(ids);
    await engine.readJournal([{ sagaId, messageId: 'm' }]);
    await engine.readCommands([{ sagaId, version: 1, commandId: 'c' }]);
    await engine.write({
      moves: [{ before: row, after: row, entries: [], dueAt: now }] as never,
      outcomes: [],
    });
    await sweepStore(on('sweeper') as never).writeChecks([
      { sagaId, version: 1, sweepState: {}, dueAt: now },
    ]);
    const inbox = sqlInbox(on('inbox'), 'inventory');
    await inbox.read([key]);
    await inbox.readReplies(ids);
    await inbox.answerOpen([{ ...key, text: '{}', type: 't' }] as never, now);
    const inventory = inventoryStore(on('inventory'));
    await inventory.lockReservations(ids);
    await inventory.writeChanges(
      {
        movements: [
          {
            sku: 's',
            kind: 'reserve',
            available: -1,
            reserved: 1,
            sold: 0,
            sagaId,
            commandId: key.commandId,
          },
        ],
        made: [],
        moved: [{ sagaId, commandId: key.commandId, items: [], state: 'confirmed', confirmedBy: 'x' }],
      } as never,
      now,
    );
    const shipping = shippingStore(on('shipping'));
    await shipping.lockShipments(ids).catch(() => {});
    await shipping.cancelShipments(ids, now);
    await mailStore(on('notification')).knownMails(ids.map((id) => `${id}/order.completed`));
    const payment = paymentStore(on('payment'));
    const held = { ...key, lease: sagaId };
    await payment.writeGatewayIds([{ ...held, gatewayId: 'g' }]);
    await payment.writeOutcomes([{ ...held, outcome: 'charged' }] as never, now);
    await payment.releaseIntents([held], now);
    await payment.renewLeases([held], now);
    await payment.raiseGoals([key], 'undo', now);
    await payment.wakeIntents(ids, now);
    await payment.readSettled(ids);
    await payment.lockWaitingUndos(ids);
    await payment.recordAnswered([key], now);
    await payment.takeNotices(ids, now, now);
    return sent;
  }

  /** The cost of a statement with a prepared plan, as it is in a worker. Nothing of it stays. */
  async function costOf({ text, values }: { text: string; values: unknown[] }): Promise<Cost> {
    let cost: Cost | undefined;
    let locks = 0;
    const undone = new Error('only the plan');
    const undo = (error: Error) => {
      if (error !== undone) throw new Error(`${error.message}: ${text}`);
    };
    // As a worker runs it, by the plan for any values, which the first time is made; EXPLAIN plans for the given ones.
    for (let time = 0; time < 2; time++)
      await test.db
        .transaction(async (sql) => {
          await sql.query(text, ...values);
          const [found] = await sql.query<{ count: number }>(
            `SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`,
          );
          locks = found?.count ?? 0;
          throw undone;
        })
        .catch(undo);
    await test.db
      .transaction(async (sql) => {
        const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`;
        // The second time: the plan is made, and the catalog read.
        await sql.query(explain, ...values);
        const [found] = await sql.query<{ 'QUERY PLAN': Array<{ Plan: Plan }> }>(explain, ...values);
        const plan = found?.['QUERY PLAN'][0]?.Plan;
        if (plan === undefined) throw new Error('no plan');
        cost = {
          relations: everyNode(plan).flatMap((node) => node['Relation Name'] ?? []),
          pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
          locks,
        };
        throw undone;
      })
      .catch(undo);
    if (cost === undefined) throw new Error('no cost');
    return cost;
  }

  const costs = async () => {
    const found = new Map<string, Cost>();
    for (const [name, statement] of await statements()) found.set(name, await costOf(statement));
    return found;
  };

  it('name the month’s partitions, once they are there', async () => {
    const text = 'SELECT FROM orchestrator.sagas s WHERE s.id = ANY ($1)';
    expect(inMonth(test.db, ids, text)).to.equal(text);
    kept = await keepPartitions(test.db, TABLES, () => NOW, silent);
    await waitUntil(
      () => test.db.recent?.months.length,
      (count) => count === 4,
    );
    const suffix = partitionName({ name: '' }, monthStart(NOW, 0));
    expect(inMonth(test.db, ids, text)).to.equal(text.replace('sagas s', `sagas${suffix} s`));
    await test.db.transaction(async (sql) => {
      expect(inMonth(sql, ids, text), 'in a transaction too').to.contain(suffix);
    });
    const last = uuidv7(monthStart(NOW, 0).getTime() - 1);
    expect(inMonth(test.db, [...ids, last], text), 'of two months').to.equal(text);
    expect(inMonth(test.db, [uuidv7(monthStart(NOW, -5).getTime())], text), 'of an old month').to.equal(text);
    expect(inMonth(test.db, [], text), 'of none').to.equal(text);
    const other = 'INSERT INTO inventory.movements SELECT FROM inventory.reservations r';
    expect(inMonth(test.db, ids, other)).to.equal(other.replace('reservations', `reservations${suffix}`));
  });

  it('touch and lock the same with 36 months as with four', async () => {
    const few = await costs();
    expect(few.size).to.equal(23);
    for (let back = 2; back <= MONTHS; back++)
      await ensurePartitions(test.db, TABLES, monthStart(NOW, -back).getTime(), [0]);
    const many = await costs();
    for (const [name, cost] of many) {
      expect(cost, name).to.deep.equal(few.get(name));
      expect(cost.locks, name).to.be.below(30);
    }
    // On the tables each costs more by every month: without the names this test would fail.
    for (const [name, { text, values }] of await statements()) {
      const { locks } = await costOf({ text: text.replaceAll(/_20\d\d_\d\d\b/g, ''), values });
      expect(locks, name).to.be.above(MONTHS);
    }
  });

  it('of several months go to the tables, and find the same', async () => {
    const months = [uuidv7(monthStart(NOW, -5).getTime()), uuidv7(NOW)];
    for (const id of months)
      await test.db.execute(
        `INSERT INTO notification.mails (event_id, order_id, recipient, state, at) VALUES ($1, $2::uuid, 'a', 'sent', now())`,
        `${id}/order.completed`,
        id,
      );
    const events = months.map((id) => `${id}/order.completed`);
    expect(await mailStore(test.db).knownMails(events)).to.deep.equal(new Set(events));
    for (const event of events)
      expect(await mailStore(test.db).knownMails([event])).to.deep.equal(new Set([event]));
  });
});

function everyNode(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(everyNode)];
}
