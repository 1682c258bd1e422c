/** Stock set by hand: planned first, applied exactly as planned or not at all, and kept with who did it and why. */
import { randomUUID } from 'node:crypto';
import type { Sql } from '#platform/postgres/database.ts';
import { planHash } from '#protocol/plan-hash.ts';
import { setLevels, type WantedLevel } from './set-levels.ts';
import { inventoryStore } from './sql-store.ts';
import type { Level } from './store.ts';

/** One sku's available stock before and after. */
export interface LevelChange {
  readonly sku: string;
  readonly from: number;
  readonly to: number;
}

/** What a correction would do. */
export interface StockPlan {
  /** The levels that change, by sku. */
  readonly changes: readonly LevelChange[];
  /** SHA-256, in hex, over the canonical JSON (RFC 8785) of the changes. */
  readonly planHash: string;
}

/** Who corrects the stock, and why. */
export interface Correction {
  readonly actor: string;
  /** Empty: none was given. */
  readonly reason: string;
  /** The plan its author approved; null: they named none. */
  readonly planHash: string | null;
}

/** The stock has changed since the plan was made. Thrown inside the transaction, so that nothing of it stays. */
export class StockPlanChanged extends Error {
  /** The plan as it is now. */
  readonly plan: StockPlan;
  constructor(plan: StockPlan) {
    super('the stock has changed since the plan was made');
    this.name = 'StockPlanChanged';
    this.plan = plan;
  }
}

/** The plan of setting levels, as the stock stands now. It changes nothing. */
export async function planLevels(sql: Sql, wanted: readonly WantedLevel[]): Promise<StockPlan> {
  const found = await sql.query<{ sku: string; available: number }>(
    'SELECT sku, available::float8 FROM inventory.stock WHERE sku = ANY ($1::text[])',
    wanted.map(({ sku }) => sku),
  );
  return planOf(new Map(found.map((level) => [level.sku, level])), wanted);
}

/**
 * Sets levels, all or none, and keeps what was changed, by whom and why.
 * @param sql an open transaction
 * @throws StockPlanChanged when the author approved another plan than the stock gives now
 */
export async function correctLevels(
  sql: Sql,
  wanted: readonly WantedLevel[],
  { actor, reason, planHash }: Correction,
  now: Date,
): Promise<StockPlan> {
  const store = inventoryStore(sql);
  const skus = wanted.map(({ sku }) => sku);
  await store.addSkus(skus);
  // Locked before the plan is made again: no order changes them until the levels are set.
  const plan = planOf(await store.lockLevels(skus), wanted);
  if (planHash !== null && planHash !== plan.planHash) throw new StockPlanChanged(plan);
  await setLevels(store, wanted, now);
  await sql.execute(
    `INSERT INTO inventory.corrections (id, at, actor, reason, plan_hash, changes)
     VALUES ($1::uuid, $2::timestamptz, $3, $4, $5, $6::json)`,
    randomUUID(),
    now,
    actor,
    reason,
    plan.planHash,
    JSON.stringify(plan.changes),
  );
  return plan;
}

/** The changes that lead from levels to the wanted ones; an unknown sku has none available. */
function planOf(
  levels: ReadonlyMap<string, Pick<Level, 'available'>>,
  wanted: readonly WantedLevel[],
): StockPlan {
  const changes = wanted
    .map(({ sku, quantity }) => ({ sku, from: levels.get(sku)?.available ?? 0, to: quantity }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  return { changes, planHash: planHash({ action: 'set-stock', changes }) };
}
