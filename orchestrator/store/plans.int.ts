/** Every statement of the engine and the sweeper stays a probe of an index when the tables are full. */
import { expect } from 'chai';
import { start } from '#engine/testing/messages.ts';
import type { Database } from '#platform/postgres/database.ts';
import { inventoryReserved } from '../sagas/order/testing/given.ts';
import { engineStore } from './engine-store.ts';
import { sweepStore } from './sweep-store.ts';
import { begin, moveOf, write } from './testing/bench.ts';
import { type PostgresBench, postgresBench } from './testing/postgres-bench.ts';

const SAGAS = 50_000;

const FILL = [
  `INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at, version,
     state, status, context, pending, state_since, due_at)
   SELECT uuidv7(), 'order', 1, n % 12, 'customer-' || n, '{}', now(), 2, 'chargingPayment', 'running', '{}', '{}', now(),
     CASE WHEN n % 10 = 0 THEN now() + n * interval '1 second' END FROM generate_series(1, ${SAGAS}) n`,
  `INSERT INTO orchestrator.journal SELECT id, id || '/' || v, v, now(), 't', 'a', 'b', '{}', '{}', '[]', 'x', 0, 0
     FROM orchestrator.sagas, generate_series(1, 2) v WHERE customer_id LIKE 'customer-%'`,
  `INSERT INTO orchestrator.unmatched SELECT id, 'm', 't', 'r', '{}', now(), now() FROM orchestrator.sagas`,
  `INSERT INTO orchestrator.actions (id, seq, saga_id, action, actor, role, reason, created_at, previous_hash, hash, state)
   SELECT gen_random_uuid(), n, gen_random_uuid(), 'retry', 'a', 'r', 'w', now(), '', '', 'applied'
     FROM generate_series(1, ${SAGAS}) n`,
  'ANALYZE orchestrator.sagas, orchestrator.journal, orchestrator.unmatched, orchestrator.actions',
];

/** A database that records every statement it runs. */
function recording(db: Database): { db: Database; statements: Set<string> } {
  const statements = new Set<string>();
  return {
    statements,
    db: {
      ...db,
      query: (text, ...values) => {
        statements.add(text);
        return db.query(text, ...values);
      },
      execute: (text, ...values) => {
        statements.add(text);
        return db.execute(text, ...values);
      },
    },
  };
}

describe('the hot statements on full tables', () => {
  let bench: PostgresBench;
  let statements: Set<string>;
  before(async () => {
    bench = await postgresBench();
    for (const statement of FILL) await bench.database.db.execute(statement);
    statements = await runEveryStatement();
  });
  after(() => bench?.close());

  /** Both stores through all they do, on a few sagas among the many. */
  async function runEveryStatement(): Promise<Set<string>> {
    const recorded = recording(bench.database.db);
    const [store, sweep] = [engineStore(recorded.db), sweepStore(recorded.db)];
    const { run } = await write(bench, await begin(bench), start());
    const { move } = moveOf(run, inventoryReserved);
    const [entry] = move.entries;
    if (entry === undefined) throw new Error('a move has an entry');
    const { id } = run.row;
    const outcome = { actionId: id, sagaId: id, state: 'refused' as const, detail: 'no', at: new Date(5) };
    await store.readSagas([id]);
    await store.readJournal([{ sagaId: id, messageId: entry.messageId }]);
    await store.write({ moves: [move], outcomes: [outcome] });
    await store.readCommands([{ sagaId: id, version: 2, commandId: `${id}/payment.charge` }]);
    const message = { envelope: entry.message, origin: entry.origin };
    await store.recordUnmatched([{ incoming: message, reason: 'not-awaited' }], new Date());
    await store.raiseIncident(id, { code: 'parked', text: 'why', at: null }, new Date());
    await sweep.claimDue(new Date(), new Date(), 500);
    await sweep.writeChecks([{ sagaId: id, version: 3, sweepState: {}, dueAt: new Date() }]);
    await sweep.claimActions(new Date(), new Date(), 500);
    return recorded.statements;
  }

  /** The nodes of a plan that touch a table. */
  async function scansOf(text: string): Promise<Plan[]> {
    const [found] = await bench.database.db.query<{ 'QUERY PLAN': Array<{ Plan: Plan }> }>(
      `EXPLAIN (FORMAT JSON, GENERIC_PLAN) ${text}`,
    );
    const plans = (found?.['QUERY PLAN'] ?? []).map(({ Plan }) => Plan);
    return plans
      .flatMap(everyNode)
      .filter((node) => /Scan$/.test(node['Node Type']) && TABLES.test(nameOf(node)));
  }

  /** A scan of an index without a condition reads all of it: no better than the table from end to end. */
  function isProbe(node: Plan): boolean {
    if (node['Node Type'] === 'Bitmap Heap Scan') return (node.Plans ?? []).every(isProbe);
    return (
      /^(Index Scan|Index Only Scan|Bitmap Index Scan)$/.test(node['Node Type']) &&
      node['Index Cond'] !== undefined
    );
  }

  it('are nine', () => {
    expect(statements.size).to.equal(9);
  });

  // The workers' connections allow no other: a plan for certain values is never made.
  it('reach their rows by probes of an index alone, in the plan for any values', async () => {
    for (const text of statements) {
      const scans = await scansOf(text);
      expect(scans, text).not.to.have.length(0);
      for (const scan of scans)
        expect(isProbe(scan), `${text}\n${JSON.stringify(scan, null, 1)}`).to.equal(true);
    }
  });

  it('find what is due by the index of the living', async () => {
    const [claim = ''] = [...statements].filter((text) => /SELECT id FROM orchestrator\.sagas/.test(text));
    const scans = await scansOf(claim);
    expect(
      scans.map((scan) => scan['Index Name'] ?? '').filter((name) => /due_at/.test(name)),
    ).not.to.have.length(0);
  });
});

/** A node of EXPLAIN's JSON, as far as these tests read it. */
interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

const TABLES = /^(sagas|journal|unmatched|actions)/;

function nameOf(node: Plan): string {
  return node['Relation Name'] ?? node['Index Name'] ?? '';
}

function everyNode(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(everyNode)];
}
