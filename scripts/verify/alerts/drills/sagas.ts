/** Sagas that need a person, and records that nobody can handle. */
import { waitUntil } from '#scripts/run/wait-until.ts';
import { publishAll } from '#scripts/verify/e2e/kafka.ts';
import type { Drill, Scene } from '../drill.ts';

/** Below payment's own time limit of a call, after which it says that the charge is delayed. */
const SLOW_CALL_MS = 15_000;
const FOUND = { withinMs: 60_000, everyMs: 500 };

const publishGarbage = ({ system }: Scene) =>
  publishAll(system.addresses.kafka, '', [
    { topic: 'shipping-requested', key: crypto.randomUUID(), value: 'not a command' },
  ]);

/** Places an order and waits until shipping, which hangs, has it. */
async function waitingOrder({ place, system, sql }: Scene): Promise<string> {
  system.kill('shipping', 'SIGSTOP');
  const [id = ''] = await place(1);
  const state = async () =>
    (await sql.query('SELECT state FROM orchestrator.sagas WHERE id = $1', [id])).rows[0]?.state;
  await waitUntil(state, (seen) => seen === 'preparingShipping', FOUND);
  return id;
}

/** Writes a column of a saga, as nobody should. @returns how it is put back */
async function changed({ sql }: Scene, id: string, column: 'definition_version' | 'pending', value: unknown) {
  const { rows } = await sql.query(`SELECT ${column} AS before FROM orchestrator.sagas WHERE id = $1`, [id]);
  const write = (to: unknown) =>
    sql.query(`UPDATE orchestrator.sagas SET ${column} = $2 WHERE id = $1`, [id, to]);
  await write(value);
  return () => write(rows[0]?.before);
}

export const SAGAS: readonly Drill[] = [
  {
    name: 'a record that is no command',
    alerts: [{ alert: 'DeadLetters', labels: { topic: 'shipping-requested' } }],
    firesWithinS: 60,
    resolvesWithinS: 900,
    async make(scene) {
      await publishGarbage(scene);
      return async () => {};
    },
  },
  {
    name: 'the database takes no copies of dead letters',
    alerts: [{ alert: 'DeadLettersNotCopied' }],
    firesWithinS: 180,
    resolvesWithinS: 900,
    async make(scene) {
      const { sql } = scene;
      await sql.query('ALTER TABLE orchestrator.dead_letters ADD CONSTRAINT drill CHECK (false) NOT VALID');
      await publishGarbage(scene);
      return async () => {
        await sql.query('ALTER TABLE orchestrator.dead_letters DROP CONSTRAINT drill');
      };
    },
  },
  {
    name: 'an undo is refused: the refund fails',
    alerts: [{ alert: 'CompensationFailed' }, { alert: 'SagaStuck' }],
    firesWithinS: 180,
    resolvesWithinS: 960,
    async make({ place, act, until, gateway }) {
      await gateway('PUT', 'behaviour', { refundStatus: 'failed', on: ['refund'] });
      const [orderId = ''] = await place(1, { country: 'AQ' });
      return async () => {
        await gateway('PUT', 'behaviour', {});
        await act(orderId, 'retry');
        await until([orderId], ['failed', 'completed']);
      };
    },
  },
  {
    name: 'payment hangs with charges under way',
    alerts: [{ alert: 'SagaStalled', labels: { state: 'chargingPayment' } }],
    firesWithinS: 300,
    resolvesWithinS: 120,
    async make({ place, system, sql, gateway }) {
      // A command that is not read is a queue, and never a stall: payment must have read it.
      await gateway('PUT', 'behaviour', { latencyMs: SLOW_CALL_MS });
      const [id = ''] = await place(1);
      const underWay = async () =>
        (await sql.query('SELECT FROM payment.intents WHERE saga_id = $1 AND lease IS NOT NULL', [id])).rows;
      await waitUntil(underWay, ({ length }) => length > 0, { ...FOUND, everyMs: 100 });
      const check = async () =>
        (await sql.query('SELECT sweep_state::text AS text FROM orchestrator.sagas WHERE id = $1', [id]))
          .rows;
      await waitUntil(check, ([found]) => /"readAt":\d/.test(found?.text), { ...FOUND, everyMs: 100 });
      system.kill('payment', 'SIGSTOP');
      return async () => {
        await gateway('PUT', 'behaviour', {});
        system.kill('payment', 'SIGCONT');
      };
    },
  },
  {
    name: 'a brake was set five hours ago, and nobody attends to it',
    alerts: [
      { alert: 'BrakeSet', labels: { holds: 'coupon.redeem' } },
      { alert: 'BrakeForgotten', labels: { holds: 'coupon.redeem' } },
    ],
    firesWithinS: 60,
    resolvesWithinS: 90,
    async make({ sql }) {
      await sql.query(
        `INSERT INTO orchestrator.brakes (id, holds, reason, set_by, set_at)
         VALUES (gen_random_uuid(), 'coupon.redeem', 'a drill', 'drill', now() - interval '5 hours')`,
      );
      return async () => {
        await sql.query(
          `UPDATE orchestrator.brakes SET released_by = 'drill', released_role = 'operator', release_reason = 'the end',
             released_at = now(), resumed_to = now(), per_second = 50 WHERE holds = 'coupon.redeem' AND released_at IS NULL`,
        );
      };
    },
  },
  {
    name: 'a batch of sagas stopped itself, and nobody attends to it',
    alerts: [{ alert: 'BatchStopped' }],
    firesWithinS: 400,
    resolvesWithinS: 90,
    async make({ sql }) {
      const why = { wave: 1, failed: 1, of: 1, fingerprint: null, example: 'a saga', text: 'a drill', at: 0 };
      await sql.query(
        `INSERT INTO orchestrator.batches (id, kind, state, params, plan_hash, total, per_second, actor, role, reason, created_at,
           due_at, stopped)
         VALUES (gen_random_uuid(), 'retry-sagas', 'stopped', '{}', '', 1, 1, 'drill', 'operator', 'a drill', now(), 'infinity', $1)`,
        [JSON.stringify(why)],
      );
      return async () => {
        await sql.query(
          `UPDATE orchestrator.batches SET state = 'cancelled', ended_at = now() WHERE reason = 'a drill' AND state = 'stopped'`,
        );
      };
    },
  },
  {
    name: 'a saga of a version that no engine knows',
    alerts: [{ alert: 'UnknownSagaVersion' }],
    firesWithinS: 120,
    resolvesWithinS: 300,
    async make(scene) {
      const { system } = scene;
      const engines = Object.keys(system.pids).filter((name) => name.startsWith('engine'));
      const putBack = await changed(scene, await waitingOrder(scene), 'definition_version', 99);
      system.kill('shipping', 'SIGCONT');
      return async () => {
        await putBack();
        // The gauge counts what an engine met since its start.
        await Promise.all(engines.map((name) => system.restart(name)));
      };
    },
  },
  {
    name: 'a saga that the sweeper cannot read',
    alerts: [{ alert: 'SagaChecksFailing' }],
    firesWithinS: 600,
    resolvesWithinS: 1_900,
    async make(scene) {
      const putBack = await changed(scene, await waitingOrder(scene), 'pending', {});
      return async () => {
        await putBack();
        scene.system.kill('shipping', 'SIGCONT');
      };
    },
  },
];
