/** The pace of a gateway's account: read under a lock, and written. */
import type { Sql } from '#platform/postgres/database.ts';
import type { GatewayName } from '../intent.ts';
import { type PaceState, UNPACED } from '../pacing/reservations.ts';
import type { LockedPace } from '../store.ts';

interface Row {
  readonly learned: number | null;
  readonly learned_at: number;
  readonly next_at: number;
  readonly now: number;
}

const LOCK = `
  SELECT learned, extract(epoch FROM learned_at)::float8 * 1000 AS learned_at,
         extract(epoch FROM next_at)::float8 * 1000 AS next_at,
         extract(epoch FROM clock_timestamp())::float8 * 1000 AS now
    FROM payment.gateway_paces WHERE gateway = $1 FOR UPDATE`;

/** The database's own clock: processes on machines whose clocks differ share the pace. */
export async function lockPace(sql: Sql, gateway: GatewayName): Promise<LockedPace> {
  let [row] = await sql.query<Row>(LOCK, gateway);
  if (row === undefined) {
    await writePace(sql, gateway, UNPACED);
    [row] = await sql.query<Row>(LOCK, gateway);
  }
  if (row === undefined) throw new Error(`the pace of ${gateway} is gone`);
  const { learned, learned_at: learnedAt, next_at: nextAt, now } = row;
  return { state: { learned, learnedAt, nextAt }, nowMs: now };
}

export async function writePace(sql: Sql, gateway: GatewayName, state: PaceState): Promise<void> {
  await sql.execute(
    `INSERT INTO payment.gateway_paces (gateway, learned, learned_at, next_at)
     VALUES ($1, $2::float8, $3::timestamptz, $4::timestamptz)
     ON CONFLICT (gateway) DO UPDATE
       SET learned = EXCLUDED.learned, learned_at = EXCLUDED.learned_at, next_at = EXCLUDED.next_at`,
    gateway,
    state.learned,
    new Date(state.learnedAt),
    new Date(state.nextAt),
  );
}
