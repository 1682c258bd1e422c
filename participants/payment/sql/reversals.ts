/** The ledger of the money that went back, and the incidents to publish. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { Goal, IntentKey, Outcome } from '../intent.ts';
import { type Change, type Listed, type NewIncident, REFUND_STATES, type SeenMoney } from '../reversal.ts';
import type { LockedCharge, UnpublishedIncident } from '../store.ts';

const REVERSALS = columns({
  sagaId: 'uuid',
  id: 'text',
  commandId: 'text',
  kind: 'text',
  amount: 'int8',
  state: 'text',
  status: 'text',
  own: 'bool',
  at: 'timestamptz',
});
const INCIDENTS = columns({ sagaId: 'uuid', id: 'text', commandId: 'text', code: 'text', text: 'text' });
const KEYS = columns({ sagaId: 'uuid', id: 'text' });

const PLACE = (state: string) => `array_position(ARRAY['${REFUND_STATES.join("', '")}'], ${state})`;
/** The rule of `replaces`, of the row `r`. */
const REPLACES = `CASE WHEN r.kind = 'dispute' OR r.state = excluded.state THEN r.seen_at <= excluded.seen_at
                 ELSE ${PLACE('r.state')} < ${PLACE('excluded.state')} END`;

/** Writes what the gateway answered, unless a later answer is known; returns what is new or has another state. */
export async function writeReversals(sql: Sql, seen: readonly SeenMoney[]): Promise<Change[]> {
  const rows = seen.flatMap(({ sagaId, commandId, reversals, at }) =>
    reversals.map((one) => ({ ...one, sagaId, commandId, at })),
  );
  if (rows.length === 0) return [];
  const found = await sql.query<
    Change['reversal'] & { saga_id: string; command_id: string; before: Change['before'] }
  >(
    `WITH seen AS MATERIALIZED (SELECT * FROM ${REVERSALS.from('s')} ORDER BY "sagaId", id),
     known AS MATERIALIZED (
       SELECT r.saga_id, r.reversal_id, r.state
         FROM seen s JOIN payment.reversals r ON ${probe('r.saga_id', 's."sagaId"')} AND r.reversal_id = s.id),
     written AS (
       INSERT INTO payment.reversals AS r (saga_id, reversal_id, command_id, kind, amount, state, status, own, seen_at)
       SELECT "sagaId", id, "commandId", kind, amount, state, status, own, at FROM seen
       ON CONFLICT (saga_id, reversal_id) DO UPDATE SET
         amount = excluded.amount, state = excluded.state, status = excluded.status, seen_at = excluded.seen_at
       WHERE ${REPLACES}
       RETURNING r.*)
     SELECT w.saga_id::text, w.command_id, w.reversal_id AS id, w.kind, w.amount::float8 AS amount, w.state, w.status,
            w.own, k.state AS before
       FROM written w LEFT JOIN known k ON k.saga_id = w.saga_id AND k.reversal_id = w.reversal_id
      WHERE k.state IS DISTINCT FROM w.state ORDER BY 1, 3`,
    ...REVERSALS.values(rows),
  );
  return found.map(({ saga_id, command_id, before, ...reversal }) => ({
    sagaId: saga_id,
    commandId: command_id,
    reversal,
    before,
  }));
}

const CHARGES = columns({ sagaId: 'uuid', commandId: 'text' });

export async function settledOf(sql: Sql, charges: readonly IntentKey[]): Promise<Map<string, number>> {
  if (charges.length === 0) return new Map();
  const found = await sql.query<{ command_id: string; settled: number }>(
    inMonth(
      sql,
      charges.map(({ sagaId }) => sagaId),
      `SELECT r.command_id, sum(r.amount)::float8 AS settled
         FROM ${CHARGES.from('c')}
         JOIN payment.reversals r ON ${probe('r.saga_id', 'c."sagaId"')} AND r.command_id = c."commandId" AND r.state = 'settled'
        GROUP BY r.command_id`,
    ),
    ...CHARGES.values(charges),
  );
  return new Map(found.map(({ command_id, settled }) => [command_id, settled]));
}

const LISTED = columns({ id: 'text', state: 'text', sagaId: 'uuid', commandId: 'text' });

export async function differing(sql: Sql, listed: readonly Listed[]): Promise<Listed[]> {
  const rows = listed.flatMap(({ id, state, key }) => (key === null ? [] : [{ id, state, ...key }]));
  if (rows.length === 0) return [];
  const found = await sql.query<{ id: string }>(
    `SELECT l.id FROM ${LISTED.from('l')}
      WHERE CASE WHEN l.state IS NOT NULL
        THEN NOT EXISTS (SELECT FROM payment.reversals r
                          WHERE r.saga_id = l."sagaId" AND r.reversal_id = l.id AND r.state = l.state)
        ELSE NOT EXISTS (SELECT FROM payment.intents i WHERE i.saga_id = l."sagaId" AND i.command_id = l."commandId"
                                                         AND i.outcome <> 'declined') END`,
    ...LISTED.values(rows),
  );
  const ids = new Set(found.map(({ id }) => id));
  return listed.filter(({ id }) => ids.has(id));
}

export async function lockCharge(sql: Sql, { sagaId, commandId }: IntentKey): Promise<LockedCharge | null> {
  const [found] = await sql.query<{
    gateway_id: string | null;
    amount: number;
    currency: string;
    outcome: Outcome;
    goal: Goal;
    undone: boolean;
  }>(
    `SELECT gateway_id, amount::float8 AS amount, currency, outcome, goal, undone_at IS NOT NULL AS undone
       FROM payment.intents WHERE saga_id = $1::uuid AND command_id = $2 FOR UPDATE`,
    sagaId,
    commandId,
  );
  if (found === undefined) return null;
  const { gateway_id: gatewayId, ...charge } = found;
  return { ...charge, gatewayId };
}

export async function reopenRefund(
  sql: Sql,
  { sagaId, commandId }: IntentKey,
  refusal: { code: string; text: string },
): Promise<string | null> {
  await sql.execute(
    `UPDATE payment.intents SET undone_at = NULL, refund_refusal = $3::json, key_number = key_number + 1
      WHERE saga_id = $1::uuid AND command_id = $2`,
    sagaId,
    commandId,
    JSON.stringify(refusal),
  );
  const [found] = await sql.query<{ command_id: string }>(
    `SELECT command_id FROM payment.undos
      WHERE saga_id = $1::uuid AND type = 'payment.refund' AND answered_at IS NOT NULL
        AND names::jsonb ? $2
      ORDER BY created_at DESC, command_id DESC LIMIT 1`,
    sagaId,
    commandId,
  );
  return found?.command_id ?? null;
}

export async function insertIncidents(sql: Sql, incidents: readonly NewIncident[], now: Date): Promise<void> {
  if (incidents.length === 0) return;
  await sql.execute(
    `INSERT INTO payment.incidents (saga_id, incident_id, command_id, code, text, created_at)
     SELECT i."sagaId", i.id, i."commandId", i.code, i.text, $1::timestamptz FROM ${INCIDENTS.from('i', 2)}
     ON CONFLICT DO NOTHING`,
    now,
    ...INCIDENTS.values(incidents),
  );
}

export async function readUnpublished(sql: Sql, max: number): Promise<UnpublishedIncident[]> {
  return sql.query(
    `SELECT i.saga_id::text AS "sagaId", i.incident_id AS id, i.command_id AS "commandId", i.code, i.text,
            COALESCE((SELECT n.traceparent FROM payment.intents n WHERE n.saga_id = i.saga_id AND n.command_id = i.command_id),
                     (SELECT u.traceparent FROM payment.undos u WHERE u.saga_id = i.saga_id AND u.command_id = i.command_id))
              AS traceparent
       FROM payment.incidents i WHERE i.published_at IS NULL ORDER BY i.created_at, i.incident_id LIMIT $1::int`,
    max,
  );
}

export async function recordPublished(sql: Sql, incidents: readonly NewIncident[], now: Date): Promise<void> {
  await sql.execute(
    `UPDATE payment.incidents i SET published_at = $1::timestamptz
       FROM ${KEYS.from('p', 2)} WHERE ${probe('i.saga_id', 'p."sagaId"')} AND i.incident_id = p.id`,
    now,
    ...KEYS.values(incidents),
  );
}

export async function readCheckpoint(sql: Sql, name: string): Promise<Date | null> {
  const [found] = await sql.query<{ compared_to: Date }>(
    'SELECT compared_to FROM payment.checkpoints WHERE name = $1',
    name,
  );
  return found?.compared_to ?? null;
}

export async function writeCheckpoint(sql: Sql, name: string, comparedTo: Date): Promise<void> {
  await sql.execute(
    `INSERT INTO payment.checkpoints AS c (name, compared_to) VALUES ($1, $2::timestamptz)
     ON CONFLICT (name) DO UPDATE SET compared_to = GREATEST(c.compared_to, excluded.compared_to)`,
    name,
    comparedTo,
  );
}
